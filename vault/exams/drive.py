"""Changing the drive, any files of the area by path: put, delete and bring back, under conditions."""

import mimetypes
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import Database
from vault.base.errors import Invalid, NotFound, PreconditionFailed
from vault.base.outbox import publish
from vault.base.scope import FACILITY_ROLES, Role, Scope, scoped
from vault.exams.events import FileChanged
from vault.exams.models import DriveFile, DriveVersion
from vault.exams.names import checked_path, folded
from vault.exams.single import take_in
from vault.store.packs import Stored
from vault.store.store import Store
from vault.store.streams import Readable

ANY = "*"


@dataclass(frozen=True)
class Condition:
    """If-Match (`match`: digests, or {"*"} for any) and If-None-Match: * (`absent`)."""

    match: frozenset[str] | None = None
    absent: bool = False

    def check(self, there: DriveFile | None) -> None:
        """Raise PreconditionFailed unless the file as it is now fits."""
        live = there if there is not None and there.deleted_at is None else None
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
    size: int,
    largest: int,
    media_type: str | None = None,
    sha256: str | None = None,
    condition: Condition = ALWAYS,
) -> Put:
    """
    Put `size` bytes of `stream` at `path`, as a new version where a file is; the same bytes again change nothing.

    No transaction is open while the stream is read. Raises Invalid (`path`, `body`, `sha256`), TooLarge over `largest`
    bytes, OverCapacity, PreconditionFailed and Unavailable; nothing is kept then.
    """
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    path = checked_path(path)
    kind = media_type or mimetypes.guess_type(path)[0] or "application/octet-stream"
    return take_in(
        database,
        store,
        scope,
        stream,
        size=size,
        largest=largest,
        sha256=sha256,
        before=lambda session: condition.check(_at(session, scope, path)),
        record=lambda session, stored: _record(session, scope, path, stored, kind, condition),
    )


def delete(session: Session, scope: Scope, path: str, condition: Condition = ALWAYS) -> None:
    """Take the file out of sight; it can be brought back. NotFound where none is, PreconditionFailed."""
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    there = _at(session, scope, checked_path(path))
    condition.check(there)
    if there is None or there.deleted_at is not None:
        raise NotFound("file")
    there.deleted_at = clock.now()
    _tell(session, scope, there, "file.deleted")


def undelete(session: Session, scope: Scope, path: str) -> DriveFile:
    """Bring a deleted file back as it was; one that is there stays. NotFound where none ever was."""
    scope.require(*FACILITY_ROLES, Role.SYSTEM)
    there = _at(session, scope, checked_path(path))
    if there is None:
        raise NotFound("file")
    if there.deleted_at is not None:
        there.deleted_at = None
        _tell(session, scope, there, "file.undeleted")
    return there


def _at(session: Session, scope: Scope, path: str) -> DriveFile | None:
    """The file at `path`, deleted ones too, locked; Invalid where a file of another spelling or kind is in the way."""
    low = folded(path)
    files = scoped(select(DriveFile), scope, DriveFile)
    there = session.scalar(files.where(DriveFile.folded_path == low).with_for_update())
    live = files.where(DriveFile.deleted_at.is_(None)).limit(1)
    if there is not None and there.deleted_at is None and there.path != path:
        raise Invalid("case_collision", field="path")
    parts = low.split("/")
    above = ["/".join(parts[:length]) for length in range(1, len(parts))]
    if session.scalar(live.where(DriveFile.folded_path.in_(above))) is not None:
        raise Invalid("not_a_folder", field="path")
    if session.scalar(live.where(DriveFile.folded_path.startswith(f"{low}/", autoescape=True))) is not None:
        raise Invalid("is_a_folder", field="path")
    return there


def _record(session: Session, scope: Scope, path: str, stored: Stored, media_type: str, condition: Condition) -> Put:
    """The row and its version; the place is looked at again, as others may have put there meanwhile."""
    there = _at(session, scope, path)
    condition.check(there)
    made = there is None or there.deleted_at is not None
    if there is None:
        there = DriveFile(facility_id=scope.area, folded_path=folded(path), version=0, deleted_at=None)
    if made or there.sha256 != stored.digest:
        there.path, there.version, there.deleted_at = path, there.version + 1, None
        there.sha256, there.size, there.media_type = stored.digest, stored.size, media_type
        there.modified_at = clock.now()
        session.add(there)
        session.flush()
        session.add(_version(scope, there))
        _tell(session, scope, there, "file.put")
    return Put(there.id, there.path, there.version, there.sha256, there.size, made)


def _version(scope: Scope, file: DriveFile) -> DriveVersion:
    return DriveVersion(
        facility_id=file.facility_id,
        file_id=file.id,
        version=file.version,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
        put_at=file.modified_at,
        who=scope.login,
    )


def _tell(session: Session, scope: Scope, file: DriveFile, what: str) -> None:
    session.flush()
    audit.record(session, scope, what, items=[f"file:{file.id}"])
    publish(session, FileChanged(file.facility_id, file.id))
