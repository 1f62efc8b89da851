"""The portal at an address of this machine, whose line can be cut, and what it heard there."""

import queue
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.http.world import World

WAIT_SECONDS = 60.0
Start = Callable[..., Any]


class _Silent(WSGIRequestHandler):
    """Says nothing of each call."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


class Served:
    """A world's app behind a real socket. `heard` are the calls that were answered, in their order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heard: list[str] = []
        self.bodies: list[bytes] = []
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._server: BaseWSGIServer | None = None
        self._port = 0
        self._last = ""
        self._gone = False
        self.connect()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def connect(self) -> None:
        """Answer at the address, the same as before."""
        self.cut()
        self._last, self._gone = "", False
        self._server = make_server("127.0.0.1", self._port, self._app, threaded=True, request_handler=_Silent)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def cut(self) -> None:
        """Nobody answers there any more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def cut_after(self, call: str) -> None:
        """Answer the next call that begins so, and nothing after it."""
        self._last = call

    def wait_for(self, call: str) -> None:
        """Until a call that begins so has been answered since the last wait; queue.Empty after a minute."""
        while not self._news.get(timeout=WAIT_SECONDS).startswith(call):
            pass

    def wait_for_bundles(self, count: int) -> None:
        """Until so many have come in all; queue.Empty a minute after the last call."""
        while self.bundles() < count:
            self._news.get(timeout=WAIT_SECONDS)

    def bundles(self) -> int:
        """How many have come."""
        return sum(one.endswith(("/bundle", "/bundles")) for one in self.heard)

    def count(self, call: str) -> int:
        """How many calls began so."""
        return sum(one.startswith(call) for one in self.heard)

    def _app(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO'].removeprefix('/api/v1')}"
        if environ.get("CONTENT_TYPE", "").startswith("application/json"):
            self._keep_body(environ)
        if self._gone:
            start("503 Service Unavailable", [("Content-Length", "0")])
            return []
        answer = list(self.world.app(environ, start))
        self._gone = bool(self._last) and call.startswith(self._last)
        self.heard.append(call)
        self._news.put(call)
        return answer

    def _keep_body(self, environ: dict[str, Any]) -> None:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.bodies.append(body)
        environ["wsgi.input"] = BytesIO(body)
