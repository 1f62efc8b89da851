"""A private Redis on a free port of the loopback address, keeping nothing on disk."""

import shutil
import signal
import socket
import tempfile
from pathlib import Path

import redis

from tests.services.process import Server


class RedisServer:
    """A running server; `url` is that of its first database."""

    def __init__(self, program: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kura-redis-"))
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        self._client = redis.Redis.from_url(self.url)
        self._server = Server(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", self._folder],
            log=self._folder / "log",
            user=None,
            ending=signal.SIGTERM,
        )
        self._server.wait_until(self._answers)

    def empty(self) -> None:
        """Forget every key of every database."""
        self._client.flushall()

    def stop(self) -> None:
        """End the server and remove its folder."""
        self._client.close()
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.ConnectionError:
            return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
