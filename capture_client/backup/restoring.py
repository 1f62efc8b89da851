"""Bringing an exam back from the portal, to this terminal or another of the facility; every digest is checked."""

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast
from urllib.parse import quote

from capture_client import durable
from capture_client.errors import Damaged, Invalid, Unavailable
from capture_client.filing.exams import Image
from capture_client.link import Json, Link


def restore(link: Link, portal_id: str, folder: Path) -> list[Image]:
    """Write the exam's files into `folder` → the files. Whole ones that are there already are not fetched again."""
    exam = quote(portal_id, safe="")
    said = link.get(f"/exams/{exam}")
    images = [_image(item) for item in said["images"]]
    durable.make_folder(folder)
    missing = {image.name: image for image in images if not _whole(folder / image.name, image)}
    if len(missing) > 1:
        _from_bundle(link, f"/exams/{exam}/bundle", folder, missing)
    for image in list(missing.values()):
        _one(link, f"/exams/{exam}/images/{quote(image.name, safe='')}", folder / image.name, image)
    durable.sync_folder(folder)
    return images


def _from_bundle(link: Link, path: str, folder: Path, missing: dict[str, Image]) -> None:
    """Take from the tar what is missing; when the line is cut, what came whole stays and the rest is fetched singly."""
    try:
        with link.streamed(path) as response, tarfile.open(fileobj=_readable(response.iter_bytes()), mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() and member.name in missing else None
                if content is not None and _save(folder / member.name, _pieces(content), missing[member.name]):
                    del missing[member.name]
    except (Unavailable, tarfile.ReadError):
        return


def _one(link: Link, path: str, target: Path, image: Image) -> None:
    for attempt in range(link.server.attempts):
        try:
            with link.streamed(path) as response:
                if _save(target, response.iter_bytes(), image):
                    return
        except Unavailable:
            if attempt == link.server.attempts - 1:
                raise
        link.pause(attempt)
    raise Damaged(file=target)


def _save(target: Path, pieces: Iterator[bytes], image: Image) -> bool:
    """Write beside the target and move it there only when the digest fits: a restore never spoils a good file."""
    arriving = target.with_name(f"{target.name}.arriving")
    if durable.write_chunks(arriving, pieces) != (image.sha256, image.size):
        arriving.unlink()
        return False
    os.replace(arriving, target)
    return True


def _whole(path: Path, image: Image) -> bool:
    return path.is_file() and durable.digest_of(path) == (image.sha256, image.size)


def _image(said: Json) -> Image:
    """A name from outside becomes a file here only if it is a bare name. Raises Invalid."""
    name = str(said["name"])
    if not name or name != Path(name).name or "\\" in name or ":" in name:
        raise Invalid("wrong_answer", detail="name")
    return Image(name, said["sha256"], said["size"])


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(durable.CHUNK):
        yield piece


def _readable(pieces: Iterator[bytes]) -> IO[bytes]:
    """What tarfile needs of a stream, over an iterator."""
    return cast("IO[bytes]", _Reader(pieces))


class _Reader:
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end."""
        got = [self._rest]
        have = len(self._rest)
        while have < size and (piece := next(self._pieces, None)) is not None:
            got.append(piece)
            have += len(piece)
        joined = b"".join(got)
        self._rest = joined[size:]
        return joined[:size]
