"""What is asked of the drive: lists by prefix, one file, its bytes and its versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import Session

from vault.base import paging
from vault.base.errors import NotFound
from vault.base.paging import Page
from vault.base.scope import Scope, get_for, scoped
from vault.exams import places
from vault.exams.models import DriveFile, DriveFolder, DriveVersion
from vault.exams.names import folded
from vault.store import queries as blobs
from vault.store.records import Blob
from vault.store.store import Store

_AT_ONCE = 500
MOST_FOLDERS = 1000
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Deleted:
    """A file or folder (`kind`) out of sight."""

    id: str
    path: str
    deleted_at: datetime
    kind: str


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


@dataclass(frozen=True)
class Entry:
    """What lies at a path: a file or a folder."""

    path: str
    file: DriveFile | None
    folder: DriveFolder | None

    @property
    def id(self) -> str:
        """The row's."""
        row = self.file or self.folder
        return row.id if row else ""

    @property
    def name(self) -> str:
        """Without its folders."""
        return self.path.rpartition("/")[2]


def children(session: Session, scope: Scope, folder: str) -> list[Entry]:
    """What lies directly in `folder` (empty: the drive itself): folders, then files, by name. Two statements."""
    low = folded(folder)
    inner = scoped(select(DriveFolder), scope, DriveFolder).where(DriveFolder.folded_parent == low)
    folders = session.scalars(inner.where(DriveFolder.deleted_at.is_(None)).order_by(DriveFolder.folded_path)).all()
    mine = scoped(select(DriveFile), scope, DriveFile).where(DriveFile.folded_parent == low)
    files = session.scalars(mine.where(DriveFile.deleted_at.is_(None)).order_by(DriveFile.folded_path)).all()
    return [Entry(one.path, None, one) for one in folders] + [Entry(one.path, one, None) for one in files]


def some_children(
    session: Session, scope: Scope, folder: str, *, after: Entry | None = None, most: int = _AT_ONCE
) -> list[Entry]:
    """As `children`, up to `most` at a time: those behind `after`, empty at the end."""
    low, passed = folded(folder), folded(after.path) if after is not None else ""
    found: list[Entry] = []
    if after is None or after.folder is not None:
        inner = scoped(select(DriveFolder), scope, DriveFolder).where(DriveFolder.folded_parent == low)
        inner = inner.where(DriveFolder.deleted_at.is_(None), DriveFolder.folded_path > passed)
        folders = session.scalars(inner.order_by(DriveFolder.folded_path).limit(most)).all()
        found, passed = [Entry(one.path, None, one) for one in folders], ""
    if len(found) < most:
        mine = scoped(select(DriveFile), scope, DriveFile).where(DriveFile.folded_parent == low)
        mine = mine.where(DriveFile.deleted_at.is_(None), DriveFile.folded_path > passed)
        files = session.scalars(mine.order_by(DriveFile.folded_path).limit(most - len(found))).all()
        found += [Entry(one.path, one, None) for one in files]
    return found


def level(
    session: Session, scope: Scope, folder: str, *, after: str | None = None, limit: int = paging.LIMIT
) -> Page[Entry]:
    """The same as a page."""
    limit = paging.checked(limit)
    last = None if after is None else _entry_of(session, scope, paging.decode(after)[1])
    if after is not None and last is None:
        return Page([], None)
    entries = some_children(session, scope, folder, after=last, most=limit + 1)
    return Page(*paging.cut(entries, limit, lambda entry: (_NO_TIME, entry.id)))


def _entry_of(session: Session, scope: Scope, id_: str) -> Entry | None:
    """The file or folder of that id, also one that was deleted since a page of a list ended with it."""
    file = session.scalar(scoped(select(DriveFile), scope, DriveFile).where(DriveFile.id == id_))
    if file is not None:
        return Entry(file.path, file, None)
    folder = session.scalar(scoped(select(DriveFolder), scope, DriveFolder).where(DriveFolder.id == id_))
    return None if folder is None else Entry(folder.path, None, folder)


def putters(session: Session, scope: Scope, files: Sequence[DriveFile]) -> dict[str, str]:
    """Who put the newest version of each file, a login by the file's id."""
    newest = and_(DriveVersion.file_id == DriveFile.id, DriveVersion.version == DriveFile.version)
    statement = scoped(select(DriveFile.id, DriveVersion.who), scope, DriveFile).join(DriveVersion, newest)
    found = session.execute(statement.where(DriveFile.id.in_([file.id for file in files])))
    return {row[0]: row[1] for row in found}


def held_in(session: Session, scope: Scope, folders: Sequence[DriveFolder]) -> dict[str, int]:
    """How many things lie directly in each folder, by the folder's id; empty ones are left out."""
    by_path = {folder.folded_path: folder.id for folder in folders}
    found: dict[str, int] = {}
    for model in (DriveFile, DriveFolder):
        inside = scoped(select(model.folded_parent, func.count()), scope, model).where(
            model.deleted_at.is_(None), model.folded_parent.in_(by_path)
        )
        for low, count in session.execute(inside.group_by(model.folded_parent)):
            found[by_path[low]] = found.get(by_path[low], 0) + count
    return found


def is_folder(session: Session, scope: Scope, path: str) -> bool:
    """Whether a folder lies at exactly `path`; slashes at its end do not matter."""
    found = entry_at(session, scope, path.rstrip("/"))
    return found is not None and found.folder is not None


def was_folder(session: Session, scope: Scope, path: str) -> bool:
    """Whether what was deleted last at `path` is a folder."""
    folder = places.last_deleted_folder(session, scope, path)
    file = places.last_deleted_file(session, scope, path)
    if folder is None or places.live_file(session, scope, path) is not None:
        return False
    return file is None or (folder.deleted_at or _NO_TIME) >= (file.deleted_at or _NO_TIME)


def entry_at(session: Session, scope: Scope, path: str) -> Entry | None:
    """The file or folder at exactly `path` (NFC) of the caller's drive."""
    found = places.live_file(session, scope, path) or places.live_folder(session, scope, path)
    if found is None or found.path != path:
        return None
    return Entry(path, found, None) if isinstance(found, DriveFile) else Entry(path, None, found)


def deleted(session: Session, scope: Scope, *, after: str | None = None, limit: int = paging.LIMIT) -> Page[Deleted]:
    """What was deleted by its own name and can be brought back, the newest first; a folder counts with its files."""
    limit = paging.checked(limit)
    found: list[Deleted] = []
    for model in (DriveFile, DriveFolder):
        named = literal("file" if model is DriveFile else "folder")
        statement = scoped(select(model.id, model.path, model.deleted_at, named), scope, model)
        statement = statement.where(model.deleted_at.is_not(None), model.deleted_with.is_(None))
        if after is not None:
            since, last = paging.decode(after)
            statement = statement.where(or_(model.deleted_at < since, and_(model.deleted_at == since, model.id < last)))
        ordered = statement.order_by(model.deleted_at.desc(), model.id.desc()).limit(limit + 1)
        found += [Deleted(id_, path, at, kind) for id_, path, at, kind in session.execute(ordered) if at is not None]
    found.sort(key=lambda one: (one.deleted_at, one.id), reverse=True)
    return Page(*paging.cut(found[: limit + 1], limit, lambda one: (one.deleted_at, one.id)))


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
    """The bytes of the newest or an older version: `size`, `digest` (its strong ETag), `read_range`; Damaged."""
    digest = file.sha256 if version in (None, file.version) else _version_of(session, scope, file, version).sha256
    return store.blob(store.area(session, scope), blobs.kept(session, scope, digest))


def type_of(session: Session, scope: Scope, file: DriveFile, version: int | None = None) -> str:
    """The media type of the newest or an older version; NotFound for a version that never was."""
    if version in (None, file.version):
        return file.media_type
    return _version_of(session, scope, file, version).media_type


def folder_paths(session: Session, scope: Scope) -> Sequence[str]:
    """Every folder of the caller's drive, by path, up to a thousand: where things can be moved to."""
    statement = scoped(select(DriveFolder.path), scope, DriveFolder).where(DriveFolder.deleted_at.is_(None))
    return session.scalars(statement.order_by(DriveFolder.folded_path).limit(MOST_FOLDERS)).all()


def versions(session: Session, scope: Scope, file: DriveFile) -> Sequence[DriveVersion]:
    """Everything that was put at the file's path, newest first."""
    statement = scoped(select(DriveVersion), scope, DriveVersion).where(DriveVersion.file_id == file.id)
    return session.scalars(statement.order_by(DriveVersion.version.desc())).all()


def count_files(session: Session, scope: Scope) -> int:
    """How many files the caller's drive shows."""
    statement = scoped(select(func.count()).select_from(DriveFile), scope, DriveFile)
    return session.scalar(statement.where(DriveFile.deleted_at.is_(None))) or 0


def _version_of(session: Session, scope: Scope, file: DriveFile, version: int | None) -> DriveVersion:
    statement = scoped(select(DriveVersion), scope, DriveVersion)
    found = session.scalar(statement.where(DriveVersion.file_id == file.id, DriveVersion.version == version))
    if found is None:
        raise NotFound("version")
    return found
