"""Folders of the drive: made, deleted with all that lies in them, and brought back as they were."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import Conflict, Invalid, NotFound
from vault.base.outbox import publish
from vault.base.scope import FACILITY_ROLES, Role, Scope, scoped
from vault.exams import drive_locks as locks
from vault.exams import places
from vault.exams.events import FileChanged
from vault.exams.models import DriveFile, DriveFolder
from vault.exams.names import as_kept, checked_path
from vault.tenancy import holds


def make(
    session: Session, scope: Scope, path: str, *, tokens: frozenset[str] = locks.NONE, above: bool = True
) -> DriveFolder:
    """
    Make a folder, and with `above` those it lies in; Conflict (`name_taken`) where something lies at `path`.

    NotFound without `above` where the folder it would lie in is not there; Invalid for what cannot be a folder's path.
    """
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    path = checked_path(path)
    places.take_turn(session, scope)
    check_free(session, scope, path)
    outer = places.parent(path)
    if not above and outer and places.live_folder(session, scope, outer) is None:
        raise NotFound("folder")
    locks.check_member(session, scope, path, "self", tokens)
    places.ensure_folders(session, scope, path)
    folder = places.new_folder(scope, path)
    session.add(folder)
    _tell(session, scope, folder, "folder.made")
    return folder


def folder_at(session: Session, scope: Scope, path: str) -> DriveFolder:
    """The folder at exactly `path`, or NotFound."""
    found = places.live_folder(session, scope, path)
    if found is None or found.path != path:
        raise NotFound("folder")
    return found


def check_free(session: Session, scope: Scope, path: str) -> None:
    """Raise Conflict (`name_taken`) where a file or folder lies at `path`, in whatever spelling."""
    if places.live_file(session, scope, path) is not None or places.live_folder(session, scope, path) is not None:
        raise Conflict("name_taken")


def delete(session: Session, scope: Scope, path: str, *, tokens: frozenset[str] = locks.NONE) -> None:
    """Take the folder and all that lies in it out of sight, together; Conflict (`locked`, `held`)."""
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    places.take_turn(session, scope)
    folder = folder_at(session, scope, as_kept(path))
    holds.require_no_hold(holds.on_area(session, scope.area))
    locks.check_member(session, scope, folder.path, "tree", tokens)
    locks.release_below(session, scope, folder.path)
    gone = {"deleted_at": clock.now(), "deleted_with": folder.id}
    files = live_files_below(session, scope, folder)
    for model in (DriveFile, DriveFolder):
        mine = update(model).where(model.facility_id == scope.area, model.deleted_at.is_(None))
        session.execute(mine.where(places.below(model, folder.folded_path)).values(**gone))
    folder.deleted_at = clock.now()
    for file in files:
        publish(session, FileChanged(scope.area, file.id))
    _tell(session, scope, folder, "folder.deleted")


def undelete(session: Session, scope: Scope, path: str) -> int:
    """
    Bring back the folder that was deleted last at `path`, with what went with it; returns how many files came back.

    A file whose place has been taken stays deleted, by its own name. NotFound where none was, Invalid where a file lies
    there now.
    """
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    path = as_kept(path)
    places.take_turn(session, scope)
    folder = places.last_deleted_folder(session, scope, path)
    if folder is None:
        raise NotFound("folder")
    if places.live_file(session, scope, path) is not None:
        raise Invalid("not_a_folder", field="path")
    places.ensure_folders(session, scope, folder.path)
    with_it = DriveFolder.deleted_with == folder.id
    inner = session.scalars(scoped(select(DriveFolder), scope, DriveFolder).where(with_it)).all()
    for one in sorted([folder, *inner], key=lambda row: len(row.folded_path)):
        _revive_folder(session, scope, one)
    mine = scoped(select(DriveFile), scope, DriveFile).where(DriveFile.deleted_with == folder.id)
    count = sum(_revive_file(session, scope, file) for file in session.scalars(mine).all())
    _tell(session, scope, folder, "folder.undeleted")
    return count


def live_files_below(session: Session, scope: Scope, folder: DriveFolder) -> list[DriveFile]:
    """Every file below the folder that is there, by path."""
    statement = scoped(select(DriveFile), scope, DriveFile).where(DriveFile.deleted_at.is_(None))
    inside = statement.where(places.below(DriveFile, folder.folded_path))
    return list(session.scalars(inside.order_by(DriveFile.folded_path)))


def live_folders_below(session: Session, scope: Scope, folder: DriveFolder) -> list[DriveFolder]:
    """Every folder below the folder that is there, by path."""
    statement = scoped(select(DriveFolder), scope, DriveFolder).where(DriveFolder.deleted_at.is_(None))
    inside = statement.where(places.below(DriveFolder, folder.folded_path))
    return list(session.scalars(inside.order_by(DriveFolder.folded_path)))


def _revive_folder(session: Session, scope: Scope, folder: DriveFolder) -> None:
    """One that has been made again meanwhile takes in what comes back."""
    taken = places.live_folder(session, scope, folder.path) or places.live_file(session, scope, folder.path)
    if taken is None:
        folder.deleted_at, folder.deleted_with = None, None
    else:
        session.delete(folder)
    session.flush()


def _revive_file(session: Session, scope: Scope, file: DriveFile) -> bool:
    file.deleted_with = None
    free = places.live_file(session, scope, file.path) is None and places.live_folder(session, scope, file.path) is None
    on_the_way = any(places.live_file(session, scope, one) is not None for one in places.above(file.path))
    if not free or on_the_way:
        session.flush()
        return False
    places.ensure_folders(session, scope, file.path)
    file.deleted_at = None
    session.flush()
    publish(session, FileChanged(scope.area, file.id))
    return True


def _tell(session: Session, scope: Scope, folder: DriveFolder, what: str) -> None:
    session.flush()
    audit.record(session, scope, what, items=[f"folder:{folder.id}"])
