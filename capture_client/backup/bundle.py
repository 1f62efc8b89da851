"""Uncompressed tar bundles of files named by SHA-256, streamed from disk; their size is known before the first byte."""

import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from capture_client import durable

BLOCK = tarfile.BLOCKSIZE
END = b"\0" * (2 * BLOCK)
TYPE = "application/x-tar"


@dataclass(frozen=True)
class Member:
    """A file to send: its digest in hex, its size in bytes, where it is."""

    sha256: str
    size: int
    path: Path


def split(members: Sequence[Member], limit: int) -> list[list[Member]]:
    """Cut into bundles of at most `limit` bytes each; a file larger than that goes alone. Order is kept."""
    bundles: list[list[Member]] = []
    room = 0
    for member in members:
        if not bundles or _padded(member.size) > room:
            bundles.append([])
            room = limit
        bundles[-1].append(member)
        room -= _padded(member.size)
    return bundles


def size_of(members: Sequence[Member]) -> int:
    """Bytes of the tar that `stream` gives."""
    return sum(_padded(member.size) for member in members) + len(END)


def stream(members: Sequence[Member], on_bytes: Callable[[int], None] = lambda count: None) -> Iterator[bytes]:
    """The tar in pieces of about a megabyte. `on_bytes` hears how much content went out, for a progress bar."""
    waiting: list[bytes] = []
    size = 0
    for piece in _pieces(members, on_bytes):
        waiting.append(piece)
        size += len(piece)
        if size >= durable.CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _pieces(members: Sequence[Member], on_bytes: Callable[[int], None]) -> Iterator[bytes]:
    for member in members:
        header = tarfile.TarInfo(member.sha256)
        header.size = member.size
        yield header.tobuf(tarfile.USTAR_FORMAT)
        for chunk in durable.chunks_of(member.path):
            on_bytes(len(chunk))
            yield chunk
        yield b"\0" * (-member.size % BLOCK)
    yield END


def _padded(size: int) -> int:
    return BLOCK + size + (-size % BLOCK)
