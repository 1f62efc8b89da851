"""The drive's pages without a script: folders, versions, names, deleting and undoing, and what is refused in words."""

import io
import re
import zipfile
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.http.world import World
from vault.base import clock as times
from vault.base.settings import Retention
from vault.exams import forgetting

NASTY = "\"><img src=x onerror=alert(1)>'&.txt"


@pytest.fixture
def nurse(world: World) -> FlaskClient:
    return world.browser("aoba-nurse")


def post(client: FlaskClient, act: str, **fields: object) -> str:
    """The page after an act, its entities resolved."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/files/").text)
    assert token
    answer = client.post(f"/files/{act}", data={"csrf_token": token[1], **fields}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def upload(client: FlaskClient, folder: str, **contents: bytes) -> str:
    files = [(io.BytesIO(content), name.replace("_", ".")) for name, content in contents.items()]
    return post(client, "upload", folder=folder, files=files)


def test_a_form_without_a_script_keeps_files_in_the_folder_shown(nurse: FlaskClient) -> None:
    post(nurse, "folder", folder="", name="洗浄記録")
    page = upload(nurse, "洗浄記録", a_txt=b"one", b_txt=b"two")
    assert "a.txt" in page
    assert "aoba-nurse" in page
    assert nurse.get(f"/files/{quote('洗浄記録/b.txt')}").data == b"two"
    page = nurse.get("/files/").text
    assert "洗浄記録" in page
    assert "a.txt" not in page


def test_a_form_without_files_is_told_so(nurse: FlaskClient) -> None:
    assert "note bad" in post(nurse, "upload", folder="")


def test_versions_are_listed_opened_and_brought_back(nurse: FlaskClient) -> None:
    for content in (b"first", b"second"):
        upload(nurse, "", a_txt=content)
    page = nurse.get("/drive/item?path=a.txt").text
    assert page.count("/files/a.txt?version=") == 2
    assert nurse.get("/files/a.txt?version=1").data == b"first"
    assert nurse.get("/files/a.txt?version=9").status_code == 404
    post(nurse, "restore", path="a.txt", version=1)
    assert nurse.get("/files/a.txt").data == b"first"
    assert nurse.get("/files/a.txt?version=2").data == b"second"
    assert "note bad" in post(nurse, "restore", path="a.txt", version=99)


def test_a_file_and_a_folder_get_another_name_and_place(nurse: FlaskClient) -> None:
    upload(nurse, "old", a_txt=b"one")
    post(nurse, "folder", folder="", name="new")
    assert "new/b.txt" in post(nurse, "move", path="old/a.txt", folder="new", name="b.txt")
    assert nurse.get("/files/new/b.txt").data == b"one"
    post(nurse, "move", path="new", folder="", name="newer")
    assert nurse.get("/files/newer/b.txt").data == b"one"


def test_deleting_offers_to_undo_it_and_the_list_says_until_when(nurse: FlaskClient) -> None:
    upload(nurse, "a", b_txt=b"one")
    for path in ("a/b.txt", "a"):
        page = post(nurse, "delete", path=path)
        assert "note good" in page
        assert 'action="/files/undelete"' in page
        assert path.rpartition("/")[2] in nurse.get("/drive/deleted").text
        post(nurse, "undelete", path=path)
        assert nurse.get("/files/a/b.txt").data == b"one"
    assert 'action="/files/undelete"' not in nurse.get("/drive/deleted").text


def test_a_folder_comes_as_a_zip(nurse: FlaskClient) -> None:
    upload(nurse, "a/b", c_txt=b"one")
    answer = nurse.get("/drive/zip?path=a")
    assert answer.headers["Content-Disposition"].endswith("a.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as found:
        assert {name: found.read(name) for name in found.namelist()} == {"a/": b"", "a/b/": b"", "a/b/c.txt": b"one"}


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("folder", {"folder": "", "name": "A"}),
        ("folder", {"folder": "", "name": "con"}),
        ("folder", {"folder": "", "name": ".."}),
        ("folder", {"folder": "..", "name": "x"}),
        ("folder", {"folder": "", "name": "x/y"}),
        ("folder", {"folder": "", "name": ""}),
        ("move", {"path": "a/1.txt", "folder": "../..", "name": "x"}),
        ("move", {"path": "a/1.txt", "folder": "A", "name": "1.txt"}),
        ("move", {"path": "a/1.txt", "folder": "", "name": "a"}),
        ("move", {"path": "a", "folder": "a", "name": "b"}),
        ("move", {"path": "missing", "folder": "", "name": "b"}),
        ("delete", {"path": "../a"}),
        ("delete", {"path": "missing"}),
        ("delete", {"path": ""}),
        ("undelete", {"path": "never"}),
        ("upload", {"folder": "../x"}),
        ("upload", {"folder": "A"}),
        ("upload", {"folder": "a/1.txt"}),
    ],
)
def test_what_is_refused_is_said_and_changes_nothing(nurse: FlaskClient, act: str, fields: dict[str, object]) -> None:
    upload(nurse, "a", **{"1_txt": b"one"})
    if act == "upload":
        fields = {**fields, "files": [(io.BytesIO(b"x"), "new.txt")]}
    assert "note bad" in post(nurse, act, **fields)
    with zipfile.ZipFile(io.BytesIO(nurse.get("/drive/zip?path=a").data)) as found:
        assert found.namelist() == ["a/", "a/1.txt"]
    listed = re.findall(r'href="/drive/item\?path=([^"]+)"', nurse.get("/files/").text)
    assert listed == ["a"]


def test_names_are_shown_as_words_whatever_they_hold(world: World, nurse: FlaskClient) -> None:
    name = NASTY.replace('"', "”").replace(">", "›").replace("<", "‹")
    for path in (name, "it's & <b>"):
        answer = world.call("aoba-nurse", "PUT", f"/files/{quote(path)}", data=b"x")
        assert answer.status_code in (201, 422)
    page = nurse.get("/files/").text
    assert "<img src=x" not in page
    assert "<b>" not in nurse.get("/drive/item", query_string={"path": name}).text.split("<main")[1].split("Kura")[0]
    for address in (
        f"/files/?folder={quote(NASTY)}",
        f"/files/?gone={quote(NASTY)}",
        f"/drive/item?path={quote(NASTY)}",
    ):
        assert "<img src=x" not in nurse.get(address).text


def test_a_stranger_sees_opens_and_changes_nothing(world: World, nurse: FlaskClient) -> None:
    upload(nurse, "a", b_txt=b"one")
    stranger = world.browser("midori-nurse")
    for address in ("/files/a/b.txt", "/files/?folder=a", "/drive/item?path=a/b.txt", "/drive/zip?path=a"):
        assert stranger.get(address).status_code == 404
    for act in ("delete", "undelete"):
        assert "note bad" in post(stranger, act, path="a/b.txt")
    assert "b.txt" not in stranger.get("/drive/deleted").text
    assert nurse.get("/files/a/b.txt").data == b"one"


def test_what_a_request_brought_along_is_never_forgotten(world: World, nurse: FlaskClient) -> None:
    upload(nurse, "a", b_txt=b"attached", c_txt=b"loose")
    request = world.request(files=["a/b.txt"])
    post(nurse, "delete", path="a")
    with times.frozen(times.now() + timedelta(days=40)):
        assert forgetting.forget(world.installation.database.transaction, Retention()) == (1, 0)
    answer = nurse.get(f"/requests/{request}/files/a/b.txt")
    assert answer.data == b"attached"
    post(nurse, "undelete", path="a")
    assert nurse.get("/files/a/b.txt").data == b"attached"


def test_the_page_says_what_uses_the_space_to_the_byte(world: World, nurse: FlaskClient) -> None:
    world.exam("aoba-capture1")
    for content in (b"1" * 3000, b"2" * 5000):
        upload(nurse, "", a_txt=content)
    upload(nurse, "", copy_txt=b"2" * 5000)
    with world.app.test_request_context():
        page = nurse.get("/area").text
    assert "4.9 KB" in page
    assert "2.9 KB" in page
