"""A folder as a zip, streamed as it is read: nothing is written to disk, every byte is verified on the way."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from vault.base.errors import Damaged, TooLarge
from vault.base.scope import Scope
from vault.exams import folders
from vault.exams.models import DriveFile, DriveFolder
from vault.store import queries as blobs
from vault.store.records import Blob
from vault.store.store import Store

MOST_FILES = 20_000


@dataclass(frozen=True)
class Member:
    """A file, or with no bytes a folder, under its name in the zip (folders end in a slash)."""

    name: str
    at: datetime
    blob: Blob | None


def members(session: Session, scope: Scope, store: Store, path: str) -> list[Member]:
    """
    What lies below the folder at `path`, as a zip will hold it.

    Raises NotFound, TooLarge over 20,000 files, and Damaged where one is known to be: a zip is whole or not begun.
    """
    folder = folders.folder_at(session, scope, path)
    files = folders.live_files_below(session, scope, folder)
    if len(files) > MOST_FILES:
        raise TooLarge("too_many_files", limit=MOST_FILES)
    zone = ZoneInfo(scope.zone)
    start = len(folder.path) - len(folder.path.rpartition("/")[2])
    inner: list[DriveFolder] = [folder, *folders.live_folders_below(session, scope, folder)]
    found = [Member(f"{one.path[start:]}/", one.made_at.astimezone(zone), None) for one in inner]
    opened = _opened(session, scope, store, files)
    found += [
        Member(one.path[start:], one.modified_at.astimezone(zone), blob)
        for one, blob in zip(files, opened, strict=True)
    ]
    return sorted(found, key=lambda member: member.name)


def stream(found: Sequence[Member]) -> Iterator[bytes]:
    """
    The zip: stored, not squeezed (pictures are), sizes beyond 4 GiB as Zip64 says, names in UTF-8.

    Damaged ends it in the middle: what has been sent then has no directory at its end and does not open.
    """
    out = _Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for member in found:
            yield from _written(archive, out, member)
    yield out.taken()


def _written(archive: zipfile.ZipFile, out: "_Pipe", member: Member) -> Iterator[bytes]:
    info = zipfile.ZipInfo(member.name, date_time=member.at.timetuple()[:6])
    info.external_attr = (0o40755 << 16 | 0x10) if member.blob is None else 0o100644 << 16
    if member.blob is None:
        archive.writestr(info, b"")
    else:
        info.file_size = member.blob.size
        with archive.open(info, "w", force_zip64=member.blob.size >= zipfile.ZIP64_LIMIT) as entry:
            for part in member.blob.read_range(0, member.blob.size):
                entry.write(part)
                yield out.taken()
    yield out.taken()


def _opened(session: Session, scope: Scope, store: Store, files: Sequence[DriveFile]) -> list[Blob]:
    if not files:
        return []
    area = store.area(session, scope)
    rows = blobs.blobs(session, scope, [one.sha256 for one in files])
    for file in files:
        if file.sha256 not in rows or rows[file.sha256].damaged_at is not None:
            raise Damaged(digest=file.sha256)
    return [store.blob(area, rows[one.sha256]) for one in files]


class _Pipe(io.RawIOBase):
    """What zipfile writes to, without a way back; the other end takes what has come so far."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._waiting.append(part)
        return len(part)

    def taken(self) -> bytes:
        """All that was written since."""
        part, self._waiting = b"".join(self._waiting), []
        return part
