"""
A knock at the one process of a home that works, from every process that serves it: the name of a queue, in a datagram.

A knock may be lost, as any wake-up: the scheduler's next tick finds the work. So nothing here waits or fails.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from vault.base.jobs import Queue

_LONGEST = 64
_NAMES = frozenset(queue.value for queue in Queue)


class Knocker:
    """Tells the process that works for `home` to look at a queue."""

    def __init__(self, home: Path) -> None:
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)
        self._door = _door(home)

    def __call__(self, queue: str) -> None:
        """Knock."""
        with contextlib.suppress(OSError):  # nobody works yet, or has too much to do to listen
            self._sender.sendto(queue.encode(), self._door)

    def close(self) -> None:
        """Knock no more."""
        self._sender.close()


class Listener:
    """Has `wake` called with the queue of each knock; who makes one is the one process that works."""

    def __init__(self, home: Path, wake: Callable[[str], None]) -> None:
        self._wake = wake
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):  # a path too long for a socket: the ticks find the work
            Path(_door(home)).unlink(missing_ok=True)
            self._socket.bind(_door(home))
            threading.Thread(target=self._hear, name="knocks", daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):  # it never listened
            self._socket.shutdown(socket.SHUT_RD)
        self._socket.close()

    def _hear(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while said := self._socket.recv(_LONGEST):
                queue = said.decode(errors="replace")
                if queue in _NAMES:
                    self._wake(queue)


def _door(home: Path) -> str:
    return str(home / "wake.sock")
