"""Request bodies as sources: a stream that can only `read` is given `readinto`; a broken connection is its end."""

from typing import Protocol


class Readable(Protocol):
    """A stream such as `wsgi.input`."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; empty at the end."""


class Body:
    """A readable stream as a source of blobs; a connection that breaks is an end like any other."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream

    def readinto(self, view: memoryview, /) -> int:
        """Read once, up to the length of `view`."""
        try:
            part = self._stream.read(len(view))
        except Exception:  # each server names a broken connection in its own way
            return 0
        view[: len(part)] = part
        return len(part)
