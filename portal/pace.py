"""
The pace of bodies: who sends slower than an honest line holds no thread and no room for long.

Only the time in which the server waits for its caller counts, so a busy server never makes a caller slow. Waiting is
looked at a window at a time: what came fast at first does not pay for dripping afterwards.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from gunicorn.http.body import Body as GunicornBody

from vault.base.settings import Server

ENVIRON = "kura.pace"


class TooSlow(OSError):
    """The caller sends slower than is waited for; the connection counts as broken."""


class Pace:
    """What came over one connection while it was waited for: at least `least` bytes a second, over `window` seconds."""

    def __init__(self, least: int, window: float) -> None:
        self._least, self._window = least, window
        self._waited, self._came = 0.0, 0
        self._broken = False

    def note(self, waited: float, came: int) -> None:
        """So many seconds brought so many bytes; TooSlow once that was too little, and ever after."""
        self._waited += waited
        self._came += came
        if self._waited >= self._window:
            self._broken = self._broken or self._came < self._least * self._waited
            self._waited, self._came = 0.0, 0
        self.require()

    def require(self) -> None:
        """TooSlow where it was too slow before."""
        if self._broken:
            raise TooSlow("the caller sends too slowly")


class _Paced:
    """An unreader's `chunk` under a pace."""

    def __init__(self, chunk: Callable[[int | None], bytes], pace: Pace) -> None:
        self._chunk, self.pace = chunk, pace

    def __call__(self, size_hint: int | None = None) -> bytes:
        self.pace.require()
        began = time.monotonic()
        found = self._chunk(size_hint)
        self.pace.note(time.monotonic() - began, len(found))
        return found


def install(app: Flask, settings: Server) -> None:
    """Have each connection of gunicorn's keep the pace; under another server nothing changes."""
    inner = app.wsgi_app

    def paced(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ.get("wsgi.input")
        if isinstance(body, GunicornBody) and settings.least_bytes_per_second:
            environ[ENVIRON] = _of(body.reader, settings)
        return inner(environ, start_response)

    app.wsgi_app = paced  # type: ignore[method-assign]


def _of(reader: Any, settings: Server) -> Pace | None:
    """The pace of the reader's connection, kept with what reads its socket; None where a request has no body."""
    unreader = getattr(reader, "unreader", None) or getattr(getattr(reader, "req", None), "unreader", None)
    if unreader is None:
        return None
    if not isinstance(unreader.chunk, _Paced):
        pace = Pace(settings.least_bytes_per_second, settings.silence_seconds)
        unreader.chunk = _Paced(unreader.chunk, pace)
    found: Pace = unreader.chunk.pace
    return found
