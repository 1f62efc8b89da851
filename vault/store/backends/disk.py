"""Objects as files under one folder of a local file system."""

import ctypes
import errno
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from vault.base.faults import Point, point
from vault.store.backends import Buffer, Missing

_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_ASIDE = ".new"
_WRITTEN_BACK_EACH = 4 * 2**20


class DiskBackend:
    """Durability: a file is fsynced, then the folder that holds its name; new folders are fsynced into theirs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        _make_folder(root)

    def create(self, name: str) -> "DiskSink":
        """Begin a new file."""
        path = self._path(name)
        _make_folder(path.parent)
        return DiskSink(path, path)

    def recreate(self, name: str) -> "DiskSink":
        """Begin a file aside that is renamed over the one of that name."""
        path = self._path(name)
        _make_folder(path.parent)
        for left in path.parent.glob(f"{path.name}.*{_ASIDE}"):
            left.unlink(missing_ok=True)
        return DiskSink(path.with_name(f"{path.name}.{secrets.token_hex(8)}{_ASIDE}"), path)

    def open(self, name: str) -> "DiskReading":
        """Open a file; raises Missing."""
        try:
            return DiskReading(os.open(self._path(name), os.O_RDONLY))
        except FileNotFoundError as problem:
            raise Missing(name) from problem

    def size(self, name: str) -> int:
        """Bytes of a file; raises Missing."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError as problem:
            raise Missing(name) from problem

    def names(self, prefix: str) -> Iterator[str]:
        """Names under a folder, sorted; unfinished replacements are nobody's."""
        folder = self.root / prefix
        found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != _ASIDE)
        yield from sorted(str(path.relative_to(self.root)) for path in found)

    def keep(self, name: str, content: bytes) -> bool:
        """Write aside, then link: the name appears whole or not at all."""
        path = self._path(name)
        _make_folder(path.parent)
        aside = _written_aside(path, content)
        try:
            os.link(aside, path)
            point(Point.ASIDE_LINKED)
        except FileExistsError:
            return False
        finally:
            aside.unlink()
            _sync_folder(path.parent)
        return True

    def replace(self, name: str, content: bytes) -> None:
        """Write aside, then rename over."""
        path = self._path(name)
        _make_folder(path.parent)
        _written_aside(path, content).replace(path)
        point(Point.ASIDE_RENAMED)
        _sync_folder(path.parent)

    def delete(self, name: str) -> None:
        """Remove a file."""
        self._path(name).unlink(missing_ok=True)
        point(Point.FILE_REMOVED)

    def _path(self, name: str) -> Path:
        if any(part in {"", ".", ".."} for part in name.split("/")):
            raise ValueError(f"not an object's name: {name}")
        return self.root / name


class DiskSink:
    """A file being appended to; where it is written aside, `name` is what it is renamed to in the end."""

    def __init__(self, path: Path, name: Path) -> None:
        self._path, self._name = path, name
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, _PRIVATE_FILE)
        self._open = True
        self._size = self._begun = 0
        point(Point.FILE_MADE)

    def write(self, buffers: Sequence[Buffer]) -> None:
        """One writev, repeated only when the system took fewer bytes."""
        views = [memoryview(buffer).cast("B") for buffer in buffers]
        while views:
            point(Point.FILE_WRITING)
            taken = os.writev(self._file, views)
            while views and taken >= len(views[0]):
                taken -= len(views.pop(0))
            if views:
                views[0] = views[0][taken:]
            self._size += taken
        if self._size - self._begun >= _WRITTEN_BACK_EACH:
            _begin_writing_back(self._file, self._begun, self._size - self._begun)
            self._begun = self._size

    def rewind(self, to: int) -> None:
        """Cut the file; O_APPEND moves the end with it."""
        os.ftruncate(self._file, to)
        self._size, self._begun = to, min(self._begun, to)
        point(Point.FILE_CUT)

    def seal(self) -> None:
        """The barrier: file, then name."""
        point(Point.FILE_WRITTEN)
        os.fsync(self._file)
        point(Point.FILE_SYNCED)
        self._close()
        if self._path != self._name:
            self._path.replace(self._name)
            point(Point.FILE_EXCHANGED)
        _sync_folder(self._path.parent)
        point(Point.FILE_NAMED)

    def discard(self) -> None:
        """Close and remove."""
        if self._open:
            self._close()
            self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        self._open = False
        os.close(self._file)


class DiskReading:
    """A file open for reading at any place, by any thread."""

    def __init__(self, file: int) -> None:
        self._file = file

    def read(self, offset: int, length: int) -> bytes:
        """A pread; raises Missing at a cut file, and where the disk cannot read a place of it any more."""
        found = b""
        while len(found) < length:
            more = self._some(offset + len(found), length - len(found))
            if not more:
                raise Missing(f"{length - len(found)} bytes at the end")
            found = found + more if found else more
        return found

    def _some(self, offset: int, length: int) -> bytes:
        try:
            return os.pread(self._file, length, offset)
        except OSError as problem:
            if problem.errno != errno.EIO:
                raise
            raise Missing(f"unreadable at {offset}") from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        os.close(self._file)


def _begin_writing_back(file: int, offset: int, length: int) -> None:
    """
    Have the disk begin with these bytes while more come in, so that the barrier waits for the last of them alone.

    It promises nothing, so what it says is not asked for; a system that cannot do it waits at the barrier.
    """
    if _SYNC_FILE_RANGE is not None:
        _SYNC_FILE_RANGE(file, offset, length, _SYNC_FILE_RANGE_WRITE)


def _sync_file_range() -> Callable[[int, int, int, int], int] | None:
    """Linux's call of that name (sync_file_range(2)), which Python does not offer; None elsewhere."""
    found = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if found is not None:
        found.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return found


_SYNC_FILE_RANGE = _sync_file_range()
_SYNC_FILE_RANGE_WRITE = 2


def _written_aside(path: Path, content: bytes) -> Path:
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}{_ASIDE}")
    file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(file)
    point(Point.ASIDE_WRITTEN)
    return aside


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; each new name is made durable in the folder that holds it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
