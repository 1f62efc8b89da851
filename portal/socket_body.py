"""A large body straight from its socket into the store's own buffers: no copy in between, one call a frame."""

import socket
import time

from flask import Request
from gunicorn.http.body import Body as GunicornBody
from gunicorn.http.body import LengthReader

from portal import pace
from portal.pace import Pace
from vault.store.packs import Source
from vault.store.streams import Body


class SocketBody:
    """What is left of a gunicorn body of known length; a connection that breaks is an end like any other."""

    def __init__(self, connection: socket.socket, body: GunicornBody, pace: Pace | None = None) -> None:
        self._socket, self._body, self._reader, self._pace = connection, body, body.reader, pace

    def readinto(self, view: memoryview, /) -> int:
        """Fill `view`, or what the body still has of it; 0 at the end, and where the connection broke."""
        wanted = min(len(view), self._reader.length)
        if not wanted:
            return 0
        read = self._from_buffer(view, wanted) or self._from_socket(view, wanted)
        self._reader.length -= read
        if not read:
            self._body.failed = True
        return read

    def _from_buffer(self, view: memoryview, wanted: int) -> int:
        """
        What gunicorn read ahead. The rest of it goes back at once: a view may end anywhere in its body, and what
        stands behind the body is the next request of the connection.
        """
        buffered = self._reader.unreader.take_buffered()
        part = buffered[:wanted]
        view[: len(part)] = part
        if len(buffered) > len(part):
            self._reader.unreader.unread(buffered[len(part) :])
        return len(part)

    def _from_socket(self, view: memoryview, wanted: int) -> int:
        began = time.monotonic()
        try:
            read = self._socket.recv_into(view, wanted, socket.MSG_WAITALL)
            if self._pace is not None:
                self._pace.note(time.monotonic() - began, read)
        except OSError:
            return 0
        return read


def body_of(request: Request) -> Source:
    """The body of the request as a source of blobs; under another server than gunicorn by the stream it gives."""
    given, connection = request.environ.get("wsgi.input"), request.environ.get("gunicorn.socket")
    if (
        isinstance(given, GunicornBody)
        and isinstance(given.reader, LengthReader)
        and isinstance(connection, socket.socket)
        and not given.buf.tell()
    ):
        return SocketBody(connection, given, request.environ.get(pace.ENVIRON))
    return Body(request.stream)
