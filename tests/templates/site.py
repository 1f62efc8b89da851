"""A tiny loopback site for rendered pages: the portal's policy and static files, and what was posted."""

import http.server
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from portal.security import POLICY
from templates import FOLDER

STATIC = FOLDER.parent / "portal" / "static"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".html": "text/html; charset=utf-8",
}


@dataclass
class Site:
    """Where it stands, what came in, and what the event stream is to say."""

    root: Path
    base: str = ""
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    events: "queue.Queue[str]" = field(default_factory=queue.Queue)


class Handler(http.server.BaseHTTPRequestHandler):
    """Files of the site and of portal/static; POST is remembered and answered as a kept draft."""

    def __init__(self, site: Site, *args: object) -> None:
        self.site = site
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/events":
            self._stream()
            return
        static = path.startswith("/static/")
        file = STATIC / path.removeprefix("/static/") if static else self.site.root / path.lstrip("/")
        body = file.read_bytes() if file.is_file() else b""
        self._answer(200 if file.is_file() else 404, TYPES.get(file.suffix, "text/html"), body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.site.posted.append((self.path, body))
        self._answer(200, "application/json", b'{"saved_at": "2026-11-23T05:05:00+00:00"}')

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        event = self.site.events.get()
        self.wfile.write(f'event: {event}\ndata: {{"id": "a1"}}\n\n'.encode())

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(root: Path) -> Iterator[Site]:
    """The files under `root` on a free loopback port."""
    site = Site(root)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, site))
    server.daemon_threads = True
    site.base = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        site.events.put("end")
        server.shutdown()
        server.server_close()
