"""Bytes that are on the disk when a call returns: temporary name, fsync, rename, fsync of the folder."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from capture_client.errors import Damaged

Buffer = bytes | memoryview
PART = ".part"
CHUNK = 1 << 20


def write(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Put `data` at `path` so that a cut leaves the old file or the new one, never a half."""
    write_chunks(path, [data], mode=mode)
    sync_folder(path.parent)


def write_chunks(path: Path, chunks: Iterable[bytes], *, mode: int = 0o666) -> tuple[str, int]:
    """As `write`, without the folder's barrier, which the caller sets once for many files; → (SHA-256, bytes)."""
    part = path.with_name(path.name + PART)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(descriptor, "wb") as stream:
        written = _pour(stream, chunks)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, path)
    return written


def put_down(path: Path, chunks: Iterable[Buffer]) -> tuple[str, int]:
    """Write without any barrier, for what can be fetched again; → (SHA-256, bytes)."""
    with path.open("wb", buffering=0) as stream:
        return _pour(stream, chunks)


def _pour(stream: IO[bytes], chunks: Iterable[Buffer]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        left = memoryview(chunk)
        while left:  # a disk that is filling up may take a part without a word
            left = left[stream.write(left) :]
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def make_folder(path: Path) -> None:
    """Make `path` and its parents, each durable in the folder above it."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in reversed(missing):
        sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable; Windows does this itself and cannot open folders."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def chunks_of(path: Path, size: int | None = None) -> Iterator[bytes]:
    """The file's bytes in pieces that fit memory; of a known `size` no more, and Damaged where there are fewer."""
    left = size
    with path.open("rb", buffering=0) as stream:
        while left != 0 and (chunk := stream.read(CHUNK if left is None else min(CHUNK, left))):
            yield chunk
            left = None if left is None else left - len(chunk)
    if left:
        raise Damaged(file=path)


def has_size(path: Path, size: int) -> bool:
    """Whether a file stands there in that size (bytes); what its bytes are, whoever takes them checks."""
    try:
        there = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(there.st_mode) and there.st_size == size


def digest_of(path: Path) -> tuple[str, int]:
    """(SHA-256 in hex, size in bytes) of a file."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks_of(path):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size
