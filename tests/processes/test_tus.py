"""Known tus clients against a real server: through a relay that cuts at random, side by side, and through a kill."""

import hashlib
import json
import random
import shutil
import socket
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from portal.demo.cutter import Cutter
from tests.http.world import jpeg
from tests.processes.live import Live
from tests.services.needed import Program
from vault.intake import signing

HERE = Path(__file__).parent / "tus"
NODE = Program("Node", "nodejs", ("node",))
NPM = Program("npm", "npm", ("npm",))
SIZE = 6_000_000
CUTS = 12
BYTES = {"Content-Type": "application/offset+octet-stream"}
LOST = (TusCommunicationError, TusUploadFailed, OSError)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server for all tests that leave it alone."""
    made = Live(tmp_path_factory.mktemp("served"))
    made.server.start()
    yield made
    made.server.kill()


@pytest.fixture
def cutter(served: Live) -> Iterator[Cutter]:
    """A relay that cuts a dozen connections, each after another number of bytes."""
    made = Cutter(("127.0.0.1", served.server.port))
    chance = random.Random(20261124)
    made.cut_after(*(chance.randrange(10_000, 900_000) for _ in range(CUTS)))
    yield made
    made.close()


@pytest.fixture(scope="session")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Node client with the packages of its lock."""
    NODE.need()
    npm = str(NPM.need())
    folder = tmp_path_factory.mktemp("tus-js-client")
    for name in ("package.json", "package-lock.json", "client.mjs"):
        shutil.copy(HERE / name, folder)
    command = [npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=folder, check=True, timeout=120, capture_output=True)
    return folder / "client.mjs"


def content(name: str, size: int = SIZE) -> bytes:
    return hashlib.shake_128(name.encode()).digest(size)


def bearer(live: Live, login: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {live.tokens[login]}"}


def got(live: Live, path: str) -> bytes:
    answer = httpx.get(f"{live.server.url}/api/v1{path}", headers=bearer(live, "aoba-nurse"), timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.content


def by_tuspy(url: str, headers: dict[str, str], file: Path, metadata: dict[str, str]) -> None:
    """Upload with tuspy, going on after each cut where the server says."""
    client, address = TusClient(f"{url}/api/v1/uploads", headers=headers), None
    for _ in range(60):
        try:
            with file.open("rb") as stream:
                uploader = client.uploader(file_stream=stream, url=address, metadata=metadata, chunk_size=2_000_000)
                address = address or uploader.create_url()
                uploader.set_url(address)
                uploader.offset = uploader.get_offset()
                uploader.upload()
        except LOST:
            continue
        return
    raise AssertionError("tuspy did not finish")


def test_tuspy_finishes_through_cuts(served: Live, cutter: Cutter, tmp_path: Path) -> None:
    file = tmp_path / "file.bin"
    file.write_bytes(content("tuspy"))
    by_tuspy(cutter.url, bearer(served, "aoba-nurse"), file, {"path": "tuspy/file.bin"})
    assert cutter.cuts >= 5
    assert got(served, "/files/tuspy/file.bin") == content("tuspy")


@pytest.mark.parametrize(
    "options", [{}, {"chunkSize": 700_000}, {"chunkSize": 1_000_000, "uploadDataDuringCreation": True}]
)
def test_tus_js_client_finishes_through_cuts(
    served: Live, cutter: Cutter, node_client: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    node(node_client, cutter.url, served, tmp_path, options)
    assert cutter.cuts >= 5
    assert got(served, "/files/node.bin") == content("node")


def test_tus_js_client_joins_parallel_uploads_and_tells_the_length_later(
    served: Live, node_client: Path, tmp_path: Path
) -> None:
    for options in (
        {"parallelUploads": 3, "uploadSize": None},
        {"uploadLengthDeferred": True, "uploadSize": None, "chunkSize": 900_000},
    ):
        node(node_client, served.server.url, served, tmp_path, options)
        assert got(served, "/files/node.bin") == content("node")


def node(client: Path, url: str, live: Live, folder: Path, options: dict[str, Any]) -> None:
    file = folder / "node.bin"
    file.write_bytes(content("node"))
    told = {
        "endpoint": f"{url}/api/v1/uploads",
        "token": live.tokens["aoba-nurse"],
        "file": str(file),
        "metadata": {"path": "node.bin"},
        "options": options,
    }
    done = subprocess.run(
        [NODE.need(), str(client), json.dumps(told)], cwd=client.parent, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_an_exam_sent_image_by_image_through_cuts_has_a_receipt_that_verifies(
    served: Live, cutter: Cutter, tmp_path: Path
) -> None:
    contents = [jpeg(number) + content(f"image-{number}", 1_200_000) for number in range(3)]
    exam = served.announce(contents)
    for number, image in enumerate(contents):
        file = tmp_path / f"{number}.jpg"
        file.write_bytes(image)
        by_tuspy(cutter.url, bearer(served, "aoba-capture1"), file, {"exam": exam, "name": f"{number}.jpg"})
    receipt = served.commit(exam)["receipt"]
    keys = signing.SigningKeys.load(served.home / "keys").public_keys
    signing.verify(receipt, keys)
    assert [one["sha256"] for one in receipt["images"]] == [hashlib.sha256(one).hexdigest() for one in contents]
    assert got(served, f"/exams/{exam}/images/2.jpg") == contents[2]
    assert cutter.cuts


class Raw:
    """Uploads by hand, where a test must know exactly what was answered."""

    def __init__(self, live: Live) -> None:
        self._url = live.server.url
        self._headers = bearer(live, "aoba-nurse") | {"Tus-Resumable": "1.0.0"}

    def make(self, size: int, path: str) -> httpx.Response:
        told = f"path {b64encode(path.encode()).decode()}"
        return self._call("POST", "/api/v1/uploads", {"Upload-Length": str(size), "Upload-Metadata": told})

    def give_up(self, url: str) -> httpx.Response:
        return self._call("DELETE", url)

    def offset(self, url: str) -> int:
        return int(self._call("HEAD", url).headers["Upload-Offset"])

    def patch(self, url: str, offset: int, body: bytes) -> httpx.Response:
        return self._call("PATCH", url, {"Upload-Offset": str(offset), **BYTES}, body)

    def begin_patch(self, url: str, length: int) -> socket.socket:
        """A connection on which the head of a PATCH from the beginning has been sent."""
        address = httpx.URL(self._url)
        told = self._headers | BYTES | {"Upload-Offset": "0", "Content-Length": str(length), "Host": address.host}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        connection = socket.create_connection((address.host, address.port or 80), timeout=60)
        connection.sendall(f"PATCH {url} HTTP/1.1\r\n{head}\r\n".encode())
        return connection

    def _call(self, verb: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> httpx.Response:
        told = self._headers | (headers or {})
        return httpx.request(verb, f"{self._url}{url}", headers=told, content=body, timeout=60)


def test_of_two_uploads_that_fit_alone_but_not_together_one_is_refused_before_its_bytes(served: Live) -> None:
    answers: list[httpx.Response] = []
    gate = threading.Barrier(2)

    def announce(name: str) -> None:
        gate.wait()
        answers.append(Raw(served).make(36 * 2**20, name))

    threads = [threading.Thread(target=announce, args=(f"{name}.bin",)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [201, 507]
    for answer in answers:
        if answer.status_code == 201:
            assert Raw(served).give_up(answer.headers["Location"]).status_code == 204


def test_two_requests_never_mix_their_bytes(served: Live) -> None:
    raw, size = Raw(served), 4_000_000
    url = raw.make(size, "mixed.bin").headers["Location"]
    bodies = [content(f"mixed-{number}", size) for number in range(2)]
    gate, statuses = threading.Barrier(2), []

    def send(body: bytes) -> None:
        gate.wait()
        statuses.append(Raw(served).patch(url, 0, body).status_code)

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 409, 423}
    assert got(served, "/files/mixed.bin") in bodies


def test_a_server_killed_in_the_middle_goes_on_where_it_was_durable(live: Live) -> None:
    live.server.start()
    whole, part = content("killed", 40 * 2**20), 32 * 2**20
    raw = Raw(live)
    url = raw.make(len(whole), "killed.bin").headers["Location"]
    with raw.begin_patch(url, len(whole)) as connection:
        connection.sendall(whole[: 38 * 2**20])
        assert until(30, lambda: raw.offset(url) == part)
        live.server.kill()
    live.server.start()
    raw = Raw(live)
    assert raw.offset(url) == part
    # The turn of the request that the kill took along ends by itself.
    assert until(30, lambda: raw.patch(url, part, whole[part:]).status_code == 204)
    assert got(live, "/files/killed.bin") == whole


def until(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether it came to hold in that time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
