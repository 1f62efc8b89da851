"""A disc as it is at hand: an image (.iso), or a folder that holds its files, such as a drive with the disc in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from pycdlib import PyCdlib
from pycdlib.pycdlibexception import PyCdlibException

from capture_client.errors import Damaged, NotFound

IMAGE, ABOUT = ".iso", "disc.json"
_PLAIN = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)*(?:\.[a-z0-9]+)*")


class Disc(Protocol):
    """Files by the paths that the disc's own lists name; `name` is what a person gave."""

    name: str

    def has(self, path: str) -> bool:
        """Whether there is a file of that path."""

    def open(self, path: str) -> BinaryIO:
        """The file, to be read in a `with`; NotFound, Damaged."""

    def close(self) -> None:
        """Let go of the disc."""


class Folder:
    """The files of a disc in a folder; systems may show the names in capitals."""

    def __init__(self, root: Path) -> None:
        self.name, self._root = str(root), root
        files = (file for file in root.rglob("*") if file.is_file())
        self._files = {_plain(file.relative_to(root).as_posix()): file for file in files}

    def has(self, path: str) -> bool:
        return path in self._files

    def open(self, path: str) -> BinaryIO:
        if path not in self._files:
            raise NotFound("file_missing", file=path)
        return cast(BinaryIO, self._files[path].open("rb"))

    def close(self) -> None:
        """Nothing is open."""


class Image:
    """An image of a disc, read by its UDF tree."""

    def __init__(self, file: Path) -> None:
        self.name, self._iso = str(file), PyCdlib()
        try:
            self._iso.open(str(file))
            self._paths = {
                f"{folder.rstrip('/')}/{name}"[1:]: f"{folder.rstrip('/')}/{name}"
                for folder, _, names in self._iso.walk(udf_path="/")
                for name in names
            }
        except (PyCdlibException, OSError, ValueError, IndexError, AttributeError, KeyError) as problem:
            raise Damaged("bad_image", file=file) from problem

    def has(self, path: str) -> bool:
        return path in self._paths

    def open(self, path: str) -> BinaryIO:
        if path not in self._paths:
            raise NotFound("file_missing", file=path)
        try:
            return cast(BinaryIO, self._iso.open_file_from_iso(udf_path=self._paths[path]))
        except PyCdlibException as problem:
            raise Damaged(file=path) from problem

    def close(self) -> None:
        self._iso.close()


@contextmanager
def given(paths: list[Path]) -> Iterator[list[Disc]]:
    """The discs at these places: images, folders of a disc, and folders that hold several of either."""
    found: list[Disc] = []
    try:
        for path in paths:
            found += map(_at, _places(path))
        yield found
    finally:
        for disc in found:
            disc.close()


def is_safe(path: str) -> bool:
    """Whether a list may name it: a plain path that does not lead out of a folder."""
    return bool(_PLAIN.fullmatch(path))


def _places(path: Path) -> list[Path]:
    if path.is_file() or _is_disc(path):
        return [path]
    inside = sorted(path.iterdir()) if path.is_dir() else []
    found = [one for one in inside if one.suffix.lower() == IMAGE or _is_disc(one)]
    if not found:
        raise NotFound("no_disc", path=path)
    return found


def _is_disc(path: Path) -> bool:
    return path.is_dir() and any(_plain(one.name) == ABOUT for one in path.iterdir())


def _at(path: Path) -> Disc:
    return Folder(path) if path.is_dir() else Image(path)


def _plain(name: str) -> str:
    return name.lower().partition(";")[0]
