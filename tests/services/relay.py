"""A relay before a server that loses answers: the request arrives and is carried out, its caller never hears of it."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

Loses = Callable[[str], bool]
"""Whether the answer to a request is to be lost; it is given the request's first line."""


class Relay:
    """Listens on a free port before the server at `url`; one request a connection."""

    def __init__(self, url: str, loses: Loses) -> None:
        self._target, self._loses = urlsplit(url), loses
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lost: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            head, rest = _head_of(client)
            first = head.split(b"\r\n", 1)[0].decode()
            server = socket.create_connection((self._target.hostname or "", self._target.port or 80))
            with server:
                # The host stays what the client signed; the connection is closed after its one answer.
                server.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + b"\r\n\r\n")
                _pass_body(head, rest, client, server)
                answer = b"".join(iter(lambda: server.recv(65536), b""))
            if self._loses(first):
                self.lost.append(first)
                return
            client.sendall(answer)


def _head_of(client: socket.socket) -> tuple[bytes, bytes]:
    found = b""
    while b"\r\n\r\n" not in found:
        part = client.recv(65536)
        if not part:
            raise OSError("closed")
        found += part
    head, _, rest = found.partition(b"\r\n\r\n")
    return head, rest


def _pass_body(head: bytes, rest: bytes, client: socket.socket, server: socket.socket) -> None:
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    left = int(lengths[0]) if lengths else 0
    while left:
        part = rest or client.recv(min(left, 65536))
        if not part:
            raise OSError("closed")
        server.sendall(part)
        left, rest = left - len(part), b""
