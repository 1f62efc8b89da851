"""What is kept may be larger than a form: every way in streams, whatever the limit of pages is."""

from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.http.tus import Tus
from tests.http.world import World, tar_of

CONTENT = bytes(range(256)) * 20
LIMIT = 1000


@pytest.fixture(autouse=True)
def pages_take_little(shared_world: World) -> Iterator[None]:
    before = shared_world.app.config["MAX_CONTENT_LENGTH"]
    shared_world.app.config["MAX_CONTENT_LENGTH"] = LIMIT
    yield
    shared_world.app.config["MAX_CONTENT_LENGTH"] = before


def held(world: World, path: str) -> bytes:
    return bytes(world.call("aoba-nurse", "GET", f"/files/{path}").get_data())


def test_a_file_that_is_put(shared_world: World) -> None:
    assert shared_world.call("aoba-nurse", "PUT", "/files/put.bin", data=CONTENT).status_code == 201
    assert held(shared_world, "put.bin") == CONTENT


def test_an_upload(shared_world: World) -> None:
    tus = Tus(shared_world)
    assert tus.patch(tus.made(len(CONTENT), path="tus.bin"), 0, CONTENT).status_code == 204
    assert held(shared_world, "tus.bin") == CONTENT


def test_a_file_over_the_network_drive(shared_world: World) -> None:
    token = b64encode(f"aoba-nurse:{shared_world.tokens['aoba-nurse']}".encode()).decode()
    headers = {"Authorization": f"Basic {token}"}
    answer = shared_world.app.test_client().put("/dav/dav.bin", data=CONTENT, headers=headers)
    assert answer.status_code == 201
    assert held(shared_world, "dav.bin") == CONTENT


def test_an_exam(shared_world: World) -> None:
    exam, contents = shared_world.exam("aoba-capture1", count=1)
    assert len(tar_of(contents)) > LIMIT
    assert shared_world.call("aoba-nurse", "GET", f"/exams/{exam}/images/0.jpg").get_data() == contents[0]


def test_a_page_takes_no_more_than_its_limit(shared_world: World) -> None:
    answer = shared_world.browser("aoba-nurse").post("/files/folder", data={"folder": "", "name": "x" * 2 * LIMIT})
    assert answer.status_code == 413
