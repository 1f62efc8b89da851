"""The port behind which packs and small key files lie: local disk, memory, S3-compatible object storage."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

Buffer = bytes | bytearray | memoryview


class Missing(Exception):
    """No object of that name, or fewer bytes than asked for."""


class Sink(Protocol):
    """An object being written. Nothing of it counts until `seal` has returned."""

    def write(self, buffers: Sequence[Buffer]) -> None:
        """Append all buffers, in order."""

    def rewind(self, to: int) -> None:
        """Forget every byte from offset `to` on."""

    def seal(self) -> None:
        """Make the object and its name durable; then it never changes again."""

    def discard(self) -> None:
        """Leave nothing behind; safe after a failure, and after `discard`."""


class Reading(Protocol):
    """An object open for reading."""

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`; raises Missing where there are fewer."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Backend(Protocol):
    """
    Objects by name; a name is `/`-separated, of `[0-9a-z._-]`.

    Objects made by `create` are large and never change after `seal`; those made by `keep` are small files.
    """

    def create(self, name: str) -> Sink:
        """Begin a new object; FileExistsError where one of that name is."""

    def recreate(self, name: str) -> Sink:
        """
        Begin an object that takes the place of the one of that name, if there is one, at once when it is sealed.

        Until then, and after `discard`, the old one is read; what an earlier attempt left behind is removed.
        """

    def open(self, name: str) -> Reading:
        """Open a sealed object; raises Missing."""

    def size(self, name: str) -> int:
        """Bytes of an object; raises Missing."""

    def names(self, prefix: str) -> Iterator[str]:
        """Names that begin with `prefix` (a folder, ending in `/`), sorted."""

    def keep(self, name: str, content: bytes) -> bool:
        """Make a small file, durably, unless one of that name is there: exactly one caller gets True."""

    def replace(self, name: str, content: bytes) -> None:
        """Make or change a small file, durably and at once: a reader sees the old or the new."""

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is removed already."""


def read_small(backend: Backend, name: str) -> bytes:
    """All of a small file; raises Missing."""
    with backend.open(name) as reading:
        return reading.read(0, backend.size(name))
