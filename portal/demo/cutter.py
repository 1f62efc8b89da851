"""A loopback relay between capture client and server that cuts connections, as a hospital's network does."""

import socket
import threading
from collections.abc import Callable

CHUNK = 64 * 1024
LONGEST_NEEDLE = 4096
"""What is watched for may come in two pieces; so much of the first is kept."""


class Cutter:
    """Relays to `target`; `cut_after` cuts a connection that has sent so much, `when_sent` watches for bytes."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cuts = 0
        self._cut_after: list[int] = []
        self._watch: tuple[bytes, Callable[[], None]] | None = None
        threading.Thread(target=self._accept, name="cutter", daemon=True).start()

    @property
    def url(self) -> str:
        """Where the client is to connect."""
        return f"http://127.0.0.1:{self.port}"

    def cut_after(self, *sent: int) -> None:
        """Cut one connection after another, each when it has carried that many bytes to the server."""
        self._cut_after = list(sent)

    def when_sent(self, needle: bytes, act: Callable[[], None]) -> None:
        """Call `act` once, right after bytes that hold `needle` have reached the server."""
        self._watch = (needle, act)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target, timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        back = threading.Thread(target=self._carry_back, args=(server, client), daemon=True)
        back.start()
        self._carry_there(client, server)
        back.join()
        for end in (client, server):
            end.close()

    def _carry_there(self, client: socket.socket, server: socket.socket) -> None:
        sent, before = 0, b""
        try:
            while data := client.recv(CHUNK):
                server.sendall(data)
                sent += len(data)
                if self._cut_after and sent >= self._cut_after[0]:
                    self._cut_after.pop(0)
                    self.cuts += 1
                    break
                self._notice(before + data)
                before = (before + data)[-LONGEST_NEEDLE:]
        except OSError:
            pass
        _hang_up(server)
        _hang_up(client)

    def _notice(self, data: bytes) -> None:
        watch = self._watch
        if watch is not None and watch[0] in data:
            self._watch = None
            watch[1]()

    def _carry_back(self, server: socket.socket, client: socket.socket) -> None:
        try:
            while data := server.recv(CHUNK):
                client.sendall(data)
        except OSError:
            pass
        _hang_up(client)


def _hang_up(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
