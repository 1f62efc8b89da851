"""Uncompressed tar bundles of files named by SHA-256, streamed from disk; their size is known before the first byte."""

import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from capture_client import durable
from capture_client.errors import TooLarge

BLOCK = tarfile.BLOCKSIZE
END = b"\0" * (2 * BLOCK)
TYPE = "application/x-tar"
_PLAIN = tarfile.TarInfo().tobuf(tarfile.USTAR_FORMAT)
_SIZE, _CHECKSUM = slice(124, 135), slice(148, 156)
_LARGEST = 8**11 - 1
_ZEROS = b"\0" * BLOCK


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
        yield _header(member)
        for chunk in durable.chunks_of(member.path, member.size):
            on_bytes(len(chunk))
            yield chunk
        yield _ZEROS[: -member.size % BLOCK]
    yield END


def _header(member: Member) -> bytes:
    """As tarfile writes it; the fields in which members differ are set in a copy of one that it wrote."""
    if member.size > _LARGEST:
        raise TooLarge(file=member.path)
    block = bytearray(_PLAIN)
    block[: len(member.sha256)] = member.sha256.encode()
    block[_SIZE] = b"%011o" % member.size
    block[_CHECKSUM] = b" " * 8  # as which it counts itself
    block[_CHECKSUM] = b"%06o\0 " % sum(block)
    return bytes(block)


def _padded(size: int) -> int:
    return BLOCK + size + (-size % BLOCK)
