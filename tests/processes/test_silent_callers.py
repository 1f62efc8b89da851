"""Callers who fall silent or drip hold nothing: they are let go, their room is given back, others are served."""

import base64
import socket
import time
from collections.abc import Callable

import pytest

from tests.http.tus import metadata
from tests.http.world import jpeg, tar_of
from tests.processes.live import Live

pytestmark = pytest.mark.timeout(120)
LENGTH = 100_000


@pytest.fixture
def served(live: Live, monkeypatch: pytest.MonkeyPatch) -> Live:
    monkeypatch.setenv("KURA_SERVER_SILENCE_SECONDS", "1")
    monkeypatch.setenv("KURA_SERVER_THREADS", "4")
    live.server.start()
    return live


def connected(live: Live) -> socket.socket:
    return socket.create_connection(("127.0.0.1", live.server.port), timeout=30)


def begin(
    live: Live, verb: str, path: str, head: dict[str, str], body: bytes, login: str = "aoba-nurse"
) -> socket.socket:
    """A request whose body stops in the middle, and its connection, still open."""
    told = {"Host": "x", "Authorization": f"Bearer {live.tokens[login]}", "Content-Length": str(LENGTH), **head}
    connection = connected(live)
    lines = [f"{verb} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)
    return connection


def answer_of(connection: socket.socket) -> bytes:
    """Everything until the server closes, or its answer is there."""
    found = b""
    while b"\r\n\r\n" not in found:
        part = connection.recv(65536)
        if not part:
            break
        found += part
    connection.close()
    return found


def dripped(connection: socket.socket, piece: bytes, times: int, pause: float) -> bytes:
    """The answer that comes while a piece is sent each `pause` seconds; empty where none came until the last."""
    found = b""
    for _ in range(times):
        connection.settimeout(pause)
        try:
            connection.sendall(piece)
            found = connection.recv(65536)
            break
        except TimeoutError:
            continue
        except OSError:
            break
    connection.close()
    return found


def put(live: Live) -> socket.socket:
    return begin(live, "PUT", "/api/v1/files/silent", {}, bytes(100))


def put_in_chunks(live: Live) -> socket.socket:
    token = base64.b64encode(f"aoba-nurse:{live.tokens['aoba-nurse']}".encode()).decode()
    head = {"Authorization": f"Basic {token}", "Transfer-Encoding": "chunked"}
    connection = connected(live)
    lines = ["PUT /dav/silent HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    connection.sendall("\r\n".join(lines).encode() + b"64\r\n" + bytes(100) + b"\r\n")
    return connection


def bundle(live: Live) -> socket.socket:
    exam = live.announce([jpeg(1)])
    part = tar_of([jpeg(1)])[:700]
    return begin(live, "POST", f"/api/v1/exams/{exam}/bundle", {}, part, "aoba-capture1")


@pytest.mark.parametrize("way", [put, put_in_chunks, bundle])
def test_a_body_that_falls_silent_is_refused_and_its_room_given_back(
    served: Live, way: Callable[[Live], socket.socket]
) -> None:
    answer = answer_of(way(served))
    assert b" 422 " in answer.split(b"\r\n")[0]
    assert served.caller("aoba-nurse").get("/area")["used"] == 0
    assert served.caller("aoba-nurse").get("/files")["items"] == []


def announced(served: Live) -> str:
    """The path of a new upload."""
    head = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(LENGTH),
        "Upload-Metadata": metadata(path="resumed"),
        "Content-Length": "0",
    }
    made = answer_of(begin(served, "POST", "/api/v1/uploads", head, b""))
    return next(line for line in made.decode().split("\r\n") if line.lower().startswith("location:")).split()[1]


def test_of_an_upload_that_falls_silent_what_came_counts(served: Live) -> None:
    place = announced(served)
    patch = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    answer_of(begin(served, "PATCH", place, patch, bytes(500)))
    told = answer_of(begin(served, "HEAD", place, {"Tus-Resumable": "1.0.0", "Content-Length": "0"}, b""))
    assert b"upload-offset: 500" in told.lower()


def test_more_silent_callers_than_threads_do_not_shut_the_others_out(served: Live) -> None:
    silent = [put(served) for _ in range(3)] + [connected(served) for _ in range(3)]
    for connection in silent[3:]:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    began = time.monotonic()
    assert served.caller("aoba-nurse").get("/me")["login"] == "aoba-nurse"
    assert time.monotonic() - began < 20
    for connection in silent:
        connection.close()


@pytest.mark.parametrize(
    ("way", "piece"),
    [(put, b"x"), (put_in_chunks, b"1\r\nx\r\n"), (bundle, b"x")],
)
def test_a_body_that_drips_is_refused_and_its_room_given_back(
    served: Live, way: Callable[[Live], socket.socket], piece: bytes
) -> None:
    answer = dripped(way(served), piece, 100, 0.3)
    assert b" 422 " in answer.split(b"\r\n")[0]
    assert served.caller("aoba-nurse").get("/area")["used"] == 0
    assert served.caller("aoba-nurse").get("/files")["items"] == []


def test_an_upload_that_drips_keeps_what_came(served: Live) -> None:
    place = announced(served)
    patch = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert dripped(begin(served, "PATCH", place, patch, bytes(500)), b"x", 100, 0.3).startswith(b"HTTP/1.1 204 ")
    told = answer_of(begin(served, "HEAD", place, {"Tus-Resumable": "1.0.0", "Content-Length": "0"}, b""))
    offset = next(line for line in told.lower().split(b"\r\n") if line.startswith(b"upload-offset:"))
    assert 500 <= int(offset.split()[1]) < 600


def test_a_slow_line_that_goes_on_is_served(served: Live) -> None:
    """64 kbit/s: 800 bytes each tenth of a second."""
    connection = begin(served, "PUT", "/api/v1/files/slow", {"Content-Length": "40000"}, b"")
    assert dripped(connection, bytes(800), 200, 0.1).startswith(b"HTTP/1.1 201 ")
    connection = begin(served, "PUT", "/api/v1/files/slow", {"Content-Length": "40000"}, bytes(30_000))
    assert dripped(connection, b"x", 100, 0.3).split(b"\r\n")[0].split()[1] == b"422", "a fast start pays for nothing"
