"""A lock file that the operating system lets go when its process dies, on Windows too."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from capture_client.errors import Conflict

if sys.platform == "win32":
    import msvcrt

    def _seize(stream: BinaryIO) -> None:
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _seize(stream: BinaryIO) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Held:
    """A lock that this process holds until it is closed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def close(self) -> None:
        """Let go."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def seize(path: Path) -> Held | None:
    """The lock, or None when another live process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = path.open("ab")
    try:
        _seize(stream)
    except OSError:
        stream.close()
        return None
    return Held(stream)


@contextmanager
def waiting_for(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold the lock inside the block; raises Conflict when it is not free within `seconds`."""
    until = time.monotonic() + seconds
    while (held := seize(path)) is None:
        if time.monotonic() > until:
            raise Conflict("busy", seconds=round(seconds))
        time.sleep(0.1)
    with held:
        yield
