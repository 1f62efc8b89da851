"""A large body straight from its socket into the store's own buffers: no copy in between, one call a frame."""

import socket

from flask import Request
from gunicorn.http.body import Body as GunicornBody
from gunicorn.http.body import LengthReader

from vault.store.packs import Source
from vault.store.streams import Body


class SocketBody:
    """What is left of a gunicorn body of known length; a connection that breaks is an end like any other."""

    def __init__(self, connection: socket.socket, body: GunicornBody) -> None:
        self._socket, self._body, self._reader = connection, body, body.reader
        buffered = body.reader.unreader.take_buffered()
        self._ahead = memoryview(buffered[: body.reader.length])
        # What stands behind this body is the next request of the connection.
        body.reader.unreader.unread(buffered[body.reader.length :])

    def readinto(self, view: memoryview, /) -> int:
        """Fill `view`, or what the body still has of it; 0 at the end, and where the connection broke."""
        wanted = min(len(view), self._reader.length)
        if not wanted:
            return 0
        read = self._from_ahead(view, wanted) if self._ahead else self._from_socket(view, wanted)
        self._reader.length -= read
        if not read:
            self._body.failed = True
        return read

    def _from_ahead(self, view: memoryview, wanted: int) -> int:
        part = self._ahead[:wanted]
        view[: len(part)] = part
        self._ahead = self._ahead[len(part) :]
        return len(part)

    def _from_socket(self, view: memoryview, wanted: int) -> int:
        try:
            return self._socket.recv_into(view, wanted, socket.MSG_WAITALL)
        except OSError:
            return 0


def body_of(request: Request) -> Source:
    """The body of the request as a source of blobs; under another server than gunicorn by the stream it gives."""
    given, connection = request.environ.get("wsgi.input"), request.environ.get("gunicorn.socket")
    if (
        isinstance(given, GunicornBody)
        and isinstance(given.reader, LengthReader)
        and isinstance(connection, socket.socket)
        and not given.buf.tell()
    ):
        return SocketBody(connection, given)
    return Body(request.stream)
