"""One file of a backup: copied from one backend to another, its digest taken from the bytes that were written."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from vault.store.backends import Backend

CHUNK_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Entry:
    """A file of a backup: its name at the destination, its bytes, and their SHA-256 (hex)."""

    name: str
    size: int
    sha256: str


def pieces(backend: Backend, name: str) -> Iterator[bytes]:
    """The bytes of an object, a few MiB at a time; raises Missing, also where it is cut meanwhile."""
    size = backend.size(name)
    with backend.open(name) as reading:
        for offset in range(0, size, CHUNK_BYTES):
            yield reading.read(offset, min(CHUNK_BYTES, size - offset))


def copy(source: Backend, name: str, target: Backend, to: str) -> Entry:
    """
    Copy an object, durably, and tell what was written; raises Missing where there is nothing to copy.

    The rest of a copy that was cut short may stand under that name: whoever calls knows of no whole one.
    """
    source.size(name)
    target.delete(to)
    sink, running, size = target.create(to), hashlib.sha256(), 0
    try:
        for piece in pieces(source, name):
            running.update(piece)
            size += len(piece)
            sink.write([piece])
        sink.seal()
    except BaseException:
        sink.discard()
        raise
    return Entry(to, size, running.hexdigest())


def is_whole(backend: Backend, entry: Entry) -> bool:
    """Whether the object holds exactly the bytes of the entry, read to their end; raises Missing."""
    return backend.size(entry.name) == entry.size and measured(backend, entry.name) == entry


def measured(backend: Backend, name: str) -> Entry:
    """The entry of an object that was just written."""
    running = hashlib.sha256()
    for piece in pieces(backend, name):
        running.update(piece)
    return Entry(name, backend.size(name), running.hexdigest())


def read(backend: Backend, name: str) -> bytes:
    """A small object; raises Missing."""
    with backend.open(name) as reading:
        return reading.read(0, backend.size(name))
