"""A stream of bytes cut into frames: of a known length, or to its end, which only looking ahead can tell."""

from collections.abc import Iterator
from typing import Protocol

from vault.store import format as layout


class Source(Protocol):
    """Where the bytes of blobs come from."""

    def readinto(self, view: memoryview, /) -> int:
        """Fill as much of `view` as is at hand; 0 at the end."""


class Interrupted(Exception):
    """The source ended before the blob did."""


Frame = tuple[memoryview, bool]
"""The bytes of a frame, to be used before the next is asked for, and whether it is the last of its record."""


def known(source: Source, size: int, buffer: memoryview) -> Iterator[Frame]:
    """`size` bytes in frames, each read into `buffer`; raises Interrupted."""
    left = size
    while True:
        wanted = min(layout.FRAME_BYTES, left)
        if fill(source, buffer[:wanted]) < wanted:
            raise Interrupted("the source ended before the blob did")
        left -= wanted
        yield buffer[:wanted], not left
        if not left:
            return


class Ahead:
    """A source of unknown length, read one frame ahead; `more` is whether bytes wait."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._next, self._spare = (memoryview(bytearray(layout.FRAME_BYTES)) for _ in range(2))
        self._length = fill(source, self._next)

    @property
    def more(self) -> bool:
        return self._length > 0

    def frames(self, most: int) -> Iterator[Frame]:
        """The frames of one record of up to `most` bytes; one empty frame at the source's end."""
        taken = 0
        while True:
            here, length = self._next, self._length
            self._next, self._spare = self._spare, here
            self._length = fill(self._source, self._next) if length == layout.FRAME_BYTES else 0
            taken += length
            last = taken >= most or not self._length
            yield here[:length], last
            if last:
                return


class Limited:
    """The first `left` bytes of a source; `left` is what is still to come of them."""

    def __init__(self, source: Source, left: int) -> None:
        self._source, self.left = source, left

    def readinto(self, view: memoryview, /) -> int:
        """Fill from the source; 0 at the limit, or at its end."""
        read = self._source.readinto(view[: self.left]) if self.left else 0
        self.left -= read
        return read


def fill(source: Source, view: memoryview) -> int:
    """Read until `view` is full or the source ends; returns how many bytes."""
    filled = 0
    while filled < len(view):
        read = source.readinto(view[filled:])
        if not read:
            break
        filled += read
    return filled
