"""Changing the drive, any files of the area by path: put, delete, bring back, under conditions."""

import mimetypes
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import Database
from vault.base.errors import Invalid, NotFound, PreconditionFailed
from vault.base.outbox import publish
from vault.base.scope import FACILITY_ROLES, Role, Scope, scoped
from vault.exams import drive_locks as locks
from vault.exams import places
from vault.exams.events import FileChanged
from vault.exams.models import DriveFile, DriveVersion
from vault.exams.names import as_kept, checked_path, folded
from vault.exams.single import take_in
from vault.store.packs import Stored
from vault.store.store import Store
from vault.store.streams import Readable
from vault.tenancy import holds

ANY = "*"


@dataclass(frozen=True)
class Condition:
    """
    If-Match (`match`: digests, or {"*"} for any) and If-None-Match: * (`absent`); `tokens` are the caller's locks,
    `folder` asks that the folder be there already, as WebDAV does.
    """

    match: frozenset[str] | None = None
    absent: bool = False
    tokens: frozenset[str] = frozenset()
    folder: bool = False

    def check(self, live: DriveFile | None) -> None:
        """Raise PreconditionFailed unless the file as it is now fits."""
        if self.absent and live is not None:
            raise PreconditionFailed("exists")
        if self.match is not None and (live is None or not self.match & {ANY, live.sha256}):
            raise PreconditionFailed("changed")


ALWAYS = Condition()


@dataclass(frozen=True)
class Put:
    """What came of putting a file: its row's values, and whether the path was free before."""

    id: str
    path: str
    version: int
    sha256: str
    size: int
    made: bool


def put(
    database: Database,
    store: Store,
    scope: Scope,
    path: str,
    stream: Readable,
    *,
    size: int | None,
    largest: int,
    expected: int = 0,
    media_type: str | None = None,
    sha256: str | None = None,
    condition: Condition = ALWAYS,
) -> Put:
    """
    Put `size` bytes of `stream` (None: all of it, `expected` at a guess) at `path`, as a new version where a file is;
    the same bytes again change nothing.

    No transaction is open while the stream is read. Raises Invalid (`path`, `body`, `sha256`), TooLarge over `largest`
    bytes, OverCapacity, PreconditionFailed, Conflict (`locked`) and Unavailable; nothing is kept then.
    """
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    path = checked_path(path)
    return take_in(
        database,
        store,
        scope,
        stream,
        size=size,
        expected=expected,
        largest=largest,
        sha256=sha256,
        before=lambda session: check_place(session, scope, path, condition),
        record=lambda session, stored: keep(session, scope, path, stored, media_type=media_type, condition=condition),
    )


def check_place(session: Session, scope: Scope, path: str, condition: Condition = ALWAYS) -> DriveFile | None:
    """
    The live file at `path` (checked), if any, once a file may be put there; else Invalid, PreconditionFailed, Conflict.
    """
    places.take_turn(session, scope)
    live = places.live_file(session, scope, path)
    condition.check(live)
    if places.live_folder(session, scope, path) is not None:
        raise Invalid("is_a_folder", field="path")
    if live is not None and live.path != path:
        raise Invalid("case_collision", field="path")
    folder = places.parent(path)
    if condition.folder and folder and places.live_folder(session, scope, folder) is None:
        raise NotFound("folder")
    checked = locks.check if live is not None else locks.check_member
    checked(session, scope, path, "self", condition.tokens)
    places.ensure_folders(session, scope, path)
    return live


def keep(
    session: Session,
    scope: Scope,
    path: str,
    stored: Stored,
    *,
    media_type: str | None = None,
    condition: Condition = ALWAYS,
) -> Put:
    """
    Record a blob that the area holds as the newest version of `path` (checked); raises as `check_place`.

    The place is looked at again, as others may have put there while the bytes came in.
    """
    live = check_place(session, scope, path, condition)
    kind = media_type or guessed_type(path)
    file = live or places.last_deleted_file(session, scope, path) or _new(scope)
    made = live is None
    if made or file.sha256 != stored.digest:
        places.put_at(file, path)
        file.version, file.deleted_at, file.deleted_with = file.version + 1, None, None
        file.sha256, file.size, file.media_type, file.modified_at = stored.digest, stored.size, kind, clock.now()
        add_version(session, scope, file)
        tell(session, scope, file, "file.put")
    return Put(file.id, file.path, file.version, file.sha256, file.size, made)


def delete(session: Session, scope: Scope, path: str, condition: Condition = ALWAYS) -> None:
    """
    Take the file out of sight; it can be brought back. NotFound where none is, PreconditionFailed, Conflict
    (`locked`, or `held` while a legal hold is on the area).
    """
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    places.take_turn(session, scope)
    live = live_at(session, scope, as_kept(path))
    condition.check(live)
    if live is None:
        raise NotFound("file")
    holds.require_no_hold(holds.on_area(session, scope.area))
    locks.check_member(session, scope, live.path, "self", condition.tokens)
    locks.release_below(session, scope, live.path)
    live.deleted_at, live.deleted_with = clock.now(), None
    tell(session, scope, live, "file.deleted")


def undelete(session: Session, scope: Scope, path: str) -> DriveFile:
    """Bring back the file that was deleted last at `path`; one that is there stays. NotFound where none ever was."""
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    path = as_kept(path)
    live = live_at(session, scope, path)
    if live is not None:
        return live
    gone = places.last_deleted_file(session, scope, path)
    if gone is None:
        raise NotFound("file")
    check_place(session, scope, gone.path)
    gone.deleted_at, gone.deleted_with = None, None
    tell(session, scope, gone, "file.undeleted")
    return gone


def restore(session: Session, scope: Scope, path: str, version: int, condition: Condition = ALWAYS) -> DriveFile:
    """Make what an older version holds the newest one; NotFound for a version that never was."""
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    path = as_kept(path)
    live = check_place(session, scope, path, condition)
    if live is None:
        raise NotFound("file")
    wanted = scoped(select(DriveVersion), scope, DriveVersion).where(DriveVersion.file_id == live.id)
    old = session.scalar(wanted.where(DriveVersion.version == version))
    if old is None:
        raise NotFound("version")
    if old.sha256 != live.sha256:
        live.version, live.modified_at = live.version + 1, clock.now()
        live.sha256, live.size, live.media_type = old.sha256, old.size, old.media_type
        add_version(session, scope, live)
        tell(session, scope, live, "file.restored")
    return live


def live_at(session: Session, scope: Scope, path: str) -> DriveFile | None:
    """The file at exactly `path`, or None; Invalid where it has another spelling."""
    live = places.live_file(session, scope, path)
    if live is not None and live.path != path:
        raise Invalid("case_collision", field="path")
    return live


def guessed_type(path: str) -> str:
    """What a file of that name usually is."""
    return mimetypes.guess_type(folded(path))[0] or "application/octet-stream"


def add_version(session: Session, scope: Scope, file: DriveFile) -> None:
    """What the file holds now becomes one of its versions, put by the caller."""
    session.add(file)
    session.flush()
    session.add(
        DriveVersion(
            facility_id=file.facility_id,
            file_id=file.id,
            version=file.version,
            sha256=file.sha256,
            size=file.size,
            media_type=file.media_type,
            put_at=file.modified_at,
            who=scope.login,
        )
    )


def tell(session: Session, scope: Scope, file: DriveFile, what: str) -> None:
    """Record the act in the access log, and let others hear that the file has changed."""
    session.flush()
    audit.record(session, scope, what, items=[f"file:{file.id}"])
    publish(session, FileChanged(file.facility_id, file.id))


def _new(scope: Scope) -> DriveFile:
    return DriveFile(facility_id=scope.area, version=0, deleted_at=None, deleted_with=None)
