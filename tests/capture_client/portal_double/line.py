"""
The line to the portal of the tests: real HTTP, which can be cut, held and made to fail.

It speaks only what interface.md says of the calls a device makes, in the order a real one would answer.
"""

import hashlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tests.capture_client.portal_double import answers
from tests.capture_client.portal_double.state import TOKEN, Portal, Refusal


class Handler(BaseHTTPRequestHandler):
    """One call."""

    protocol_version = "HTTP/1.1"
    portal: Portal

    def setup(self) -> None:
        """Headers of the next answer start empty."""
        super().setup()
        self.extra: dict[str, str] = {}

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path).removeprefix("/api/v1")
        portal = self.portal
        portal.called.append((self.command, path))
        if path.endswith(("/bundle", "/bundles")) and self.command == "POST":
            self._bundle(path, parse_qs(parts.query))
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if portal.faults:
            self._send(portal.faults.pop(0), {"code": "unavailable"})
            return
        if portal.faults_at.get(path):
            self._send(portal.faults_at[path].pop(0), {"code": "unavailable"})
            return
        if path == "/events":
            self._events()
            return
        try:
            self._repeated(path, body)
        except Refusal as refusal:
            self._send(refusal.status, refusal.body)

    def _repeated(self, path: str, body: bytes) -> None:
        """The same Idempotency-Key gets the same answer."""
        key = self.headers.get("Idempotency-Key")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Refusal(401, "not_signed_in")
        with self.portal.lock:
            if key and key in self.portal.kept:
                digest, status, answer = self.portal.kept[key]
                if digest != hashlib.sha256(body).hexdigest():
                    raise Refusal(422, "idempotency_key", field="Idempotency-Key")
            else:
                status, answer = self._answer(path, body)
                if key:
                    self.portal.kept[key] = hashlib.sha256(body).hexdigest(), status, answer
        if isinstance(answer, bytes):
            self._raw(status, answer)
        else:
            self._send(status, answer)

    def _answer(self, path: str, body: bytes) -> answers.Answer:
        if (self.command, path) == ("GET", "/backup-plan"):
            return self._plan()
        return answers.answer(self.portal, self.command, path, body)

    def _plan(self) -> answers.Answer:
        if self.portal.plan is None:
            raise Refusal(404, "not_found")
        etag = f'"{hashlib.sha256(json.dumps(self.portal.plan).encode()).hexdigest()[:12]}"'
        self.extra = {"ETag": etag}
        return (304, b"") if self.headers.get("If-None-Match") == etag else (200, self.portal.plan)

    def _bundle(self, path: str, query: dict[str, list[str]]) -> None:
        """Read members as they come; what has come whole is kept, also when the line is cut."""
        portal, size = self.portal, int(self.headers["Content-Length"])
        portal.bundle_began.set()
        if portal.hold_bundles is not None:
            portal.hold_bundles.wait(30)
        if portal.cut_bundles_after:
            answers.keep_whole(portal, self.rfile.read(min(size, portal.cut_bundles_after.pop(0))))
            self.close_connection = True
            self.connection.shutdown(2)
            return
        whole = self.rfile.read(size)
        if portal.faults:
            self._send(portal.faults.pop(0), {"code": "unavailable"})
        elif not answers.keep_whole(portal, whole):
            self._send(422, {"code": "digest_differs", "status": 422})
        else:
            self._send(200, answers.brought(portal, path, query))

    def _events(self) -> None:
        portal = self.portal
        last = self.headers.get("Last-Event-ID")
        portal.resumed_from.append(last)
        sent = int(last) if last else len(portal.notices)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        cut = portal.cut_stream_after.pop(0) if portal.cut_stream_after else None
        try:
            while not portal.silent_stream and cut != 0:
                self.wfile.write(f": here\nid: {sent}\n\n".encode())
                for number, (kind, data) in enumerate(portal.notices[sent:], sent + 1):
                    self.wfile.write(f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode())
                    sent = number
                    cut = cut and cut - 1
                    if cut == 0:
                        break
                time.sleep(0.02)
            if portal.silent_stream:
                threading.Event().wait(5)
        except OSError:
            pass
        self.close_connection = True

    def _send(self, status: int, body: object) -> None:
        self._raw(
            status, json.dumps(body).encode(), "application/problem+json" if status >= 400 else "application/json"
        )

    def _raw(self, status: int, body: bytes, type_: str = "application/octet-stream") -> None:
        self.send_response(status)
        for name, value in self.extra.items():
            self.send_header(name, value)
        self.extra = {}
        if status != 304:
            self.send_header("Content-Type", type_)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", formatdate(usegmt=True))
        self.end_headers()
        if status != 304:
            self.wfile.write(body)


@contextmanager
def serving(portal: Portal, tls: ssl.SSLContext | None = None) -> Iterator[Portal]:
    """Serve a double on a free port of this machine, over TLS when a context is given."""
    handler = type("PortalHandler", (Handler,), {"portal": portal})

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A cut line is what the tests do."""

    server = Server(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    portal.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
