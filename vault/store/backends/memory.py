"""Objects in memory: the twin of the disk for tests, held to the same contract."""

import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from vault.store.backends import Buffer, Missing

_ASIDE = ".new"


class MemoryBackend:
    """A dictionary of names; gone with the process."""

    def __init__(self) -> None:
        self.objects: dict[str, bytearray] = {}
        self._lock = threading.Lock()

    def create(self, name: str) -> "MemorySink":
        """Begin a new object."""
        with self._lock:
            if name in self.objects:
                raise FileExistsError(name)
            self.objects[name] = bytearray()
        return MemorySink(self.objects, name, name)

    def recreate(self, name: str) -> "MemorySink":
        """Begin an object aside that takes the place of the one of that name."""
        aside = f"{name}{_ASIDE}"
        self.objects[aside] = bytearray()
        return MemorySink(self.objects, aside, name)

    def open(self, name: str) -> "MemoryReading":
        """Open an object; raises Missing."""
        return MemoryReading(self._find(name))

    def size(self, name: str) -> int:
        """Bytes of an object; raises Missing."""
        return len(self._find(name))

    def names(self, prefix: str) -> Iterator[str]:
        """Names that begin with `prefix`, sorted."""
        yield from sorted(name for name in self.objects if name.startswith(prefix) and not name.endswith(_ASIDE))

    def keep(self, name: str, content: bytes) -> bool:
        """Make a small file unless it is there."""
        with self._lock:
            return self.objects.setdefault(name, made := bytearray(content)) is made

    def replace(self, name: str, content: bytes) -> None:
        """Make or change a small file."""
        self.objects[name] = bytearray(content)

    def delete(self, name: str) -> None:
        """Remove an object."""
        self.objects.pop(name, None)

    def _find(self, name: str) -> bytearray:
        try:
            return self.objects[name]
        except KeyError as problem:
            raise Missing(name) from problem


class MemorySink:
    """An object being appended to under `name`, which becomes `final` in the end."""

    def __init__(self, objects: dict[str, bytearray], name: str, final: str) -> None:
        self._objects, self._name, self._final = objects, name, final
        self._sealed = False

    def write(self, buffers: Sequence[Buffer]) -> None:
        """Append all buffers."""
        for buffer in buffers:
            self._objects[self._name] += memoryview(buffer).cast("B")

    def rewind(self, to: int) -> None:
        """Cut the object."""
        del self._objects[self._name][to:]

    def seal(self) -> None:
        """Nothing outlives the process, so nothing is to be made durable."""
        self._sealed = True
        self._objects[self._final] = self._objects.pop(self._name)

    def discard(self) -> None:
        """Remove what was written."""
        if not self._sealed:
            self._objects.pop(self._name, None)


class MemoryReading:
    """An object open for reading."""

    def __init__(self, content: bytearray) -> None:
        self._content = content

    def read(self, offset: int, length: int) -> bytes:
        """A slice; raises Missing at a cut object."""
        found = bytes(self._content[offset : offset + length])
        if len(found) < length:
            raise Missing(f"{length - len(found)} bytes at the end")
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        return None
