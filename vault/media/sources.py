"""What is written to a disc, as files that are opened when it is their turn: never are all in memory together."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vault.base.errors import Damaged

Opened = Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class Entry:
    """
    A file of a disc: its path, how many bytes it will have, how to begin reading them.

    `digest` names the blob that it is read from, `sha256` what its own bytes must have where that is known before.
    """

    path: str
    size: int
    opened: Opened
    digest: str = ""
    sha256: str = ""


class Source(io.RawIOBase):
    """An entry as pycdlib reads it: from its beginning to its end; `sha256` is that of what was read."""

    mode = "rb"

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry
        self.sha256 = hashlib.sha256().hexdigest()
        self._running = hashlib.sha256()
        self._chunks: Iterator[bytes] | None = None
        self._waiting = b""
        self._left = entry.size

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Back to the beginning: the only place that is asked for."""
        if offset or whence:
            raise io.UnsupportedOperation("seek")
        self._chunks, self._waiting, self._left, self._running = None, b"", self.entry.size, hashlib.sha256()
        return 0

    def read(self, size: int = -1, /) -> bytes:
        """Exactly `size` bytes while there are so many; Damaged where the source ends early or goes on too long."""
        wanted = self._left if size < 0 else min(size, self._left)
        if self._chunks is None:
            self._chunks = self.entry.opened()
        parts, missing = [], wanted
        while missing:
            if not self._waiting:
                self._waiting = self._next()
            parts.append(self._waiting[:missing])
            self._waiting = self._waiting[missing:]
            missing -= len(parts[-1])
        found = b"".join(parts)
        self._running.update(found)
        self._left -= len(found)
        if not self._left:
            self._end()
        return found

    def _next(self) -> bytes:
        try:
            part = next(self._chunks or iter(()), None)
        except Damaged as problem:  # it may name a part of the blob
            raise Damaged(digest=self.entry.digest) from problem
        if part is None:
            raise Damaged(digest=self.entry.digest)
        return bytes(part)

    def _end(self) -> None:
        if self._waiting or any(self._chunks or ()):
            raise Damaged(digest=self.entry.digest)
        self._chunks, self.sha256 = None, self._running.hexdigest()
        if self.entry.sha256 not in ("", self.sha256):
            raise Damaged(digest=self.entry.digest)
