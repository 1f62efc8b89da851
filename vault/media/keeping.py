"""The folder of the images: where each lies, how much they take, and how they go."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vault.base.errors import NotFound
from vault.base.faults import Point, point

READ = 2**20


@dataclass(frozen=True)
class Image:
    """An image to be downloaded, as stored bytes are: by any range, with its digest as its strong ETag."""

    path: Path
    size: int
    digest: str
    label: str

    def read_range(self, start: int, end: int) -> Iterator[bytes]:
        """Bytes `start` up to but not including `end`; NotFound, at the call, where the file is not there."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError as problem:
            raise NotFound("disc") from problem
        return _ranged(file, start, end)


def _ranged(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while start < end and (part := file.read(min(READ, end - start))):
            start += len(part)
            yield part


def folder_of(media: Path, set_id: str) -> Path:
    """The folder of a set's images."""
    return media / set_id


def image_of(media: Path, set_id: str, number: int) -> Path:
    """The image of a disc."""
    return folder_of(media, set_id) / f"disc-{number:03d}.iso"


def make_folder(media: Path, set_id: str) -> Path:
    """The folder of a set, made where it is not there: nobody else of the machine looks into it."""
    media.mkdir(mode=0o700, exist_ok=True)
    folder = folder_of(media, set_id)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def remove(media: Path, set_id: str) -> None:
    """Remove a set's images, whole ones and begun ones."""
    shutil.rmtree(folder_of(media, set_id), ignore_errors=True)
    point(Point.FILE_REMOVED)


def free_bytes(media: Path) -> int:
    """How much the disk with the images still takes."""
    return shutil.disk_usage(media).free


def taken_bytes(media: Path) -> int:
    """How much all images take."""
    return sum(file.stat().st_size for file in media.glob("*/*") if file.is_file())


def sets_there(media: Path) -> set[str]:
    """Of which sets there is a folder."""
    return {one.name for one in media.iterdir() if one.is_dir()} if media.is_dir() else set()
