"""A hospital's network: a proxy that wants a password, and a certificate authority of its own."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection, socket
from urllib.parse import urlsplit

import pytest

from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double.line import serving
from tests.capture_client.portal_double.state import TOKEN, Portal
from tests.services.certificates import certificate

NAME, PASSWORD = "clinic", "pass word"
WANTED = "Basic " + base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()


class Proxy(BaseHTTPRequestHandler):
    """Forwards absolute addresses and CONNECT tunnels for those who know the password."""

    protocol_version = "HTTP/1.1"
    passed: list[str]

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def do_CONNECT(self) -> None:
        if not self._known():
            return
        host, _, port = self.path.partition(":")
        with create_connection((host, int(port))) as portal:
            self.send_response(200, "Connection established")
            self.end_headers()
            back = threading.Thread(target=_copy, args=(portal, self.connection), daemon=True)
            back.start()
            _copy(self.connection, portal)
            back.join()
        self.close_connection = True

    def _forward(self) -> None:
        if not self._known():
            return
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy")}
        there = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
        there.request(self.command, f"{parts.path}?{parts.query}", body, headers)
        answer = there.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "content-length", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        there.close()

    do_GET = do_POST = do_PUT = do_PATCH = _forward

    def _known(self) -> bool:
        self.passed.append(self.command)
        if self.headers.get("Proxy-Authorization") == WANTED:
            return True
        self.send_response(407)
        self.send_header("Proxy-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False


def _copy(source: socket, target: socket) -> None:
    try:
        while piece := source.recv(1 << 16):
            target.sendall(piece)
        target.shutdown(1)
    except OSError:
        pass


@contextmanager
def proxying() -> Iterator[tuple[str, list[str]]]:
    """(host:port, what passed) of a proxy that runs."""
    passed: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("TestProxy", (Proxy,), {"passed": passed}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", passed
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def whole_job(run: Command, home: Path, pictures: list[bytes], folder: Path) -> None:
    """File, back up, verify, restore."""
    assert run("--home", home, "import", folder_of(pictures[:2], folder / "in")).status == 0
    done = run("--home", home, "backup", "--json")
    assert (done.status, done.data["images"]) == (0, 2), done.err
    [exam] = run("--home", home, "list", "--json").data["items"]
    assert run("--home", home, "restore", exam["exam"], "--to", folder / "out").status == 0


def test_the_whole_job_through_a_proxy_with_a_password(
    portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    with proxying() as (address, passed):
        proxy = f"http://{NAME}:{PASSWORD.replace(' ', '%20')}@{address}"
        home = tmp_path / "home"
        made = run("--home", home, "init", "--server", portal.url, "--token", TOKEN, "--proxy", proxy)
        assert made.status == 0, made.err
        whole_job(run, home, pictures, tmp_path)
    assert len(passed) >= len(portal.called)


def test_a_proxy_from_the_environment_is_used(
    portal: Portal, run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxying() as (address, passed):
        monkeypatch.setenv("HTTP_PROXY", f"http://{NAME}:{PASSWORD.replace(' ', '%20')}@{address}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert run("--home", tmp_path / "home", "init", "--server", portal.url, "--token", TOKEN).status == 0
    assert passed


def test_the_whole_job_over_tls_with_the_hospitals_authority_and_its_proxy(
    run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    authority, context = certificate(tmp_path)
    with serving(Portal(), context) as portal, proxying() as (address, passed):
        proxy = f"http://{NAME}:{PASSWORD.replace(' ', '%20')}@{address}"
        home = tmp_path / "home"
        made = run(
            "init", "--home", home, "--server", portal.url, "--token", TOKEN, "--proxy", proxy, "--ca", authority
        )
        assert made.status == 0, made.err
        whole_job(run, home, pictures, tmp_path)
    assert set(passed) == {"CONNECT"}


def test_a_certificate_of_an_unknown_authority_is_refused_in_one_line(run: Command, tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    with serving(Portal(), context) as portal:
        failed = run("--home", tmp_path / "home", "init", "--server", portal.url, "--token", TOKEN)
    assert failed.status == 75
    assert len(failed.err.splitlines()) == 1
    assert not (tmp_path / "home" / "capture.toml").exists()


@pytest.mark.parametrize("tls", [False, True])
def test_a_wrong_proxy_password_is_said_to_be_that(tls: bool, run: Command, tmp_path: Path) -> None:
    authority, context = certificate(tmp_path)
    with serving(Portal(), context if tls else None) as portal, proxying() as (address, _):
        failed = run(
            "--home", tmp_path / "home", "init", "--server", portal.url, "--token", TOKEN,
            "--proxy", f"http://{NAME}:wrong@{address}", "--ca", authority,
        )  # fmt: skip
    assert failed.status == 5
    assert "proxy" in failed.err
