"""Moving and copying in the drive: rows change, bytes stay where they are; a copy shares its original's blobs."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import Conflict, Invalid, NotFound, TooLarge
from vault.base.outbox import publish
from vault.base.scope import FACILITY_ROLES, Role, Scope
from vault.exams import drive, drive_properties, folders, places
from vault.exams import drive_locks as locks
from vault.exams.events import FileChanged
from vault.exams.models import DriveFile, DriveFolder
from vault.exams.names import as_kept, checked_length, checked_path, folded

MOST_COPIED = 20_000
"""Files in one copy of a folder: each costs a row, though no bytes."""


def move(
    session: Session,
    scope: Scope,
    source: str,
    target: str,
    *,
    overwrite: bool = False,
    tokens: frozenset[str] = locks.NONE,
) -> None:
    """
    Let the file or folder at `source` lie at `target`, with its versions; also to spell its name in another way.

    With `overwrite` a file that lies there gets the moved content as its newest version, a folder there is deleted
    first; without, Conflict (`name_taken`). NotFound, Invalid (`into_itself`, names), Conflict (`locked`).
    """
    source, target, thing = _begin(session, scope, source, target)
    locks.check_member(session, scope, source, "tree", tokens)
    locks.check_member(session, scope, target, "tree", tokens)
    same = folded(source) == folded(target)
    taken = None if same else _make_room(session, scope, thing, target, overwrite=overwrite, tokens=tokens)
    locks.release_below(session, scope, source)
    places.ensure_folders(session, scope, target)
    if isinstance(thing, DriveFolder):
        _move_folder(session, scope, thing, target)
    elif taken is not None:
        _continue_with(session, scope, taken, thing)
        thing.deleted_at, thing.deleted_with = clock.now(), None
        drive.tell(session, scope, thing, "file.moved")
    else:
        places.put_at(thing, target)
        drive.tell(session, scope, thing, "file.moved")


def copy(
    session: Session,
    scope: Scope,
    source: str,
    target: str,
    *,
    overwrite: bool = False,
    deep: bool = True,
    tokens: frozenset[str] = locks.NONE,
) -> None:
    """
    Make what lies at `source` lie at `target` too; no bytes are copied, and none are counted twice.

    A folder comes with all that lies in it, without `deep` alone. Raises as `move`, and TooLarge over 20,000 files.
    """
    source, target, thing = _begin(session, scope, source, target)
    if folded(source) == folded(target):
        raise Invalid("into_itself", field="to")
    locks.check_member(session, scope, target, "tree", tokens)
    taken = _make_room(session, scope, thing, target, overwrite=overwrite, tokens=tokens)
    places.ensure_folders(session, scope, target)
    if isinstance(thing, DriveFolder):
        _copy_folder(session, scope, thing, target, deep=deep)
    elif taken is not None:
        _continue_with(session, scope, taken, thing)
    else:
        made = _copy_file(session, scope, thing, target)
        audit.record(session, scope, "file.copied", items=[f"file:{thing.id}", f"file:{made}"])


def _begin(session: Session, scope: Scope, source: str, target: str) -> tuple[str, str, DriveFile | DriveFolder]:
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    source, target = as_kept(source), checked_path(target, "to")
    places.take_turn(session, scope)
    thing = places.live_file(session, scope, source) or places.live_folder(session, scope, source)
    if thing is None or thing.path != source:
        raise NotFound("file")
    if folded(target).startswith(f"{folded(source)}/"):
        raise Invalid("into_itself", field="to")
    return source, target, thing


def _make_room(
    session: Session,
    scope: Scope,
    thing: DriveFile | DriveFolder,
    target: str,
    *,
    overwrite: bool,
    tokens: frozenset[str],
) -> DriveFile | None:
    """A file at `target` that is to go on with the new content; whatever else lies there is deleted."""
    file, folder = places.live_file(session, scope, target), places.live_folder(session, scope, target)
    if (file is not None or folder is not None) and not overwrite:
        raise Conflict("name_taken")
    if folder is not None:
        folders.delete(session, scope, folder.path, tokens=tokens)
    elif file is not None and (isinstance(thing, DriveFolder) or file.path != target):
        drive.delete(session, scope, file.path, drive.Condition(tokens=tokens))
        return None
    return file


def _continue_with(session: Session, scope: Scope, file: DriveFile, other: DriveFile) -> None:
    """What `other` holds becomes the newest version of `file`, with what clients keep with it."""
    locks.release_below(session, scope, file.path)
    file.version, file.modified_at = file.version + 1, other.modified_at
    file.sha256, file.size, file.media_type = other.sha256, other.size, other.media_type
    drive.add_version(session, scope, file)
    drive_properties.forget(session, scope, [file.id])
    drive_properties.copy(session, scope, {other.id: file.id})
    drive.tell(session, scope, file, "file.put")


def _move_folder(session: Session, scope: Scope, folder: DriveFolder, target: str) -> None:
    """Every row below gets its new path, in two statements; what lies below keeps the names that it has."""
    start, low_start = len(folder.path), len(folder.folded_path)
    low = folded(target)
    for model, rows in (
        (DriveFile, folders.live_files_below(session, scope, folder)),
        (DriveFolder, folders.live_folders_below(session, scope, folder)),
    ):
        changes = [
            {
                "id": row.id,
                "path": checked_length(target + row.path[start:], "to"),
                "folded_path": low + row.folded_path[low_start:],
                "folded_parent": low + row.folded_parent[low_start:],
            }
            for row in rows
        ]
        if changes:
            session.execute(update(model), changes)
        for row in rows:
            session.expire(row)
        if model is DriveFile:
            for change in changes:
                publish(session, FileChanged(scope.area, change["id"]))
    places.put_at(folder, target)
    session.flush()
    audit.record(session, scope, "folder.moved", items=[f"folder:{folder.id}"])


def _copy_folder(session: Session, scope: Scope, folder: DriveFolder, target: str, *, deep: bool) -> None:
    start = len(folder.path)
    inner = folders.live_folders_below(session, scope, folder) if deep else []
    files = folders.live_files_below(session, scope, folder) if deep else []
    if len(files) + len(inner) > MOST_COPIED:
        raise TooLarge("too_many_files", limit=MOST_COPIED)
    made = {one.id: places.new_folder(scope, _checked(target + one.path[start:])) for one in [folder, *inner]}
    session.add_all(made.values())
    session.flush()
    drive_properties.copy(session, scope, {original: copied.id for original, copied in made.items()})
    for file in files:
        _copy_file(session, scope, file, _checked(target + file.path[start:]))
    audit.record(session, scope, "folder.copied", items=[f"folder:{folder.id}", f"folder:{made[folder.id].id}"])


def _copy_file(session: Session, scope: Scope, file: DriveFile, target: str) -> str:
    copied = DriveFile(facility_id=scope.area, version=1, modified_at=file.modified_at, deleted_at=None)
    places.put_at(copied, target)
    copied.sha256, copied.size, copied.media_type = file.sha256, file.size, file.media_type
    drive.add_version(session, scope, copied)
    drive_properties.copy(session, scope, {file.id: copied.id})
    publish(session, FileChanged(scope.area, copied.id))
    return copied.id


def _checked(path: str) -> str:
    return checked_path(path, "to")
