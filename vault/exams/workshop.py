"""The near end of the limited process: images go in, thumbnails come out, and its death is only an answer."""

import json
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

EDGES = (320, 1280)
WALL_SECONDS = 60
_PROGRAM = Path(__file__).with_name("thumbnail_child.py")


@dataclass(frozen=True)
class Small:
    """One thumbnail: a JPEG of `width` × `height` pixels, made to fit `edge`."""

    edge: int
    width: int
    height: int
    content: bytes


@dataclass(frozen=True)
class Outcome:
    """What came of an image: its size in pixels and thumbnails, or `error`: `unknown`, `too_large`, `broken`."""

    width: int | None = None
    height: int | None = None
    thumbnails: tuple[Small, ...] = ()
    error: str | None = None


class Workshop:
    """One limited process at a time, started when needed and again when an image has killed it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def make(self, content: bytes) -> Outcome:
        """Have thumbnails made; an image over which the process dies or dawdles is broken."""
        process = self._running()
        timer = threading.Timer(WALL_SECONDS, process.kill)
        timer.start()
        try:
            return _ask(_open(process.stdin), _open(process.stdout), content)
        except (OSError, EOFError):
            self.close()
            return Outcome(error="broken")
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, str(_PROGRAM), *map(str, EDGES)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
            )
        return self._process


def _ask(inward: IO[bytes], outward: IO[bytes], content: bytes) -> Outcome:
    inward.write(struct.pack(">I", len(content)))
    inward.write(content)
    inward.flush()
    (length,) = struct.unpack(">I", _exactly(outward, 4))
    told: dict[str, Any] = json.loads(_exactly(outward, length))
    if "error" in told:
        return Outcome(error=told["error"])
    small = tuple(
        Small(one["edge"], one["width"], one["height"], _exactly(outward, one["bytes"])) for one in told["thumbnails"]
    )
    return Outcome(told["width"], told["height"], small)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    found = stream.read(length)
    if len(found) < length:
        raise EOFError
    return found


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise EOFError
    return stream
