"""What is asked of the drive: lists by prefix, one file, its bytes and its versions."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vault.base import paging
from vault.base.errors import NotFound
from vault.base.paging import Page
from vault.base.scope import Scope, get_for, scoped
from vault.exams.models import DriveFile, DriveVersion
from vault.exams.names import folded
from vault.store import queries as blobs
from vault.store.records import Blob
from vault.store.store import Store

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def list_files(
    session: Session,
    scope: Scope,
    *,
    prefix: str = "",
    deleted: bool = False,
    after: str | None = None,
    limit: int = paging.LIMIT,
) -> Page[DriveFile]:
    """Files of the caller's area whose path begins with `prefix`, by path; with `deleted`, those out of sight."""
    limit = paging.checked(limit)
    statement = scoped(select(DriveFile), scope, DriveFile)
    gone = DriveFile.deleted_at.is_not(None) if deleted else DriveFile.deleted_at.is_(None)
    statement = statement.where(gone, DriveFile.folded_path.startswith(folded(prefix), autoescape=True))
    if after is not None:
        statement = statement.where(DriveFile.folded_path > paging.decode(after)[1])
    rows = session.scalars(statement.order_by(DriveFile.folded_path).limit(limit + 1)).all()
    return Page(*paging.cut(rows, limit, lambda file: (_NO_TIME, file.folded_path)))


def file_at(session: Session, scope: Scope, path: str) -> DriveFile:
    """The file at exactly `path` (NFC) of the caller's area, or NotFound."""
    statement = scoped(select(DriveFile), scope, DriveFile).where(DriveFile.folded_path == folded(path))
    found = session.scalar(statement.where(DriveFile.deleted_at.is_(None), DriveFile.path == path))
    if found is None:
        raise NotFound("file")
    return found


def file(session: Session, scope: Scope, file_id: str) -> DriveFile:
    """The file of that id, deleted ones too (what is attached to a request stays readable), or NotFound."""
    return get_for(session, scope, DriveFile, file_id)


def open_file(session: Session, scope: Scope, store: Store, file: DriveFile, version: int | None = None) -> Blob:
    """The bytes of the newest or an older version: `size`, `digest` (its strong ETag), `read_range`."""
    digest = file.sha256 if version in (None, file.version) else _digest_of(session, scope, file, version)
    return store.blob(store.area(session, scope), blobs.blob(session, scope, digest))


def versions(session: Session, scope: Scope, file: DriveFile) -> Sequence[DriveVersion]:
    """Everything that was put at the file's path, newest first."""
    statement = scoped(select(DriveVersion), scope, DriveVersion).where(DriveVersion.file_id == file.id)
    return session.scalars(statement.order_by(DriveVersion.version.desc())).all()


def count_files(session: Session, scope: Scope) -> int:
    """How many files the caller's drive shows."""
    statement = scoped(select(func.count()).select_from(DriveFile), scope, DriveFile)
    return session.scalar(statement.where(DriveFile.deleted_at.is_(None))) or 0


def _digest_of(session: Session, scope: Scope, file: DriveFile, version: int | None) -> str:
    statement = scoped(select(DriveVersion.sha256), scope, DriveVersion)
    found = session.scalar(statement.where(DriveVersion.file_id == file.id, DriveVersion.version == version))
    if found is None:
        raise NotFound("version")
    return found
