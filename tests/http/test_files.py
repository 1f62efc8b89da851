"""The drive over the API: folders, versions, moves, zips; each refusal as the page of the outside says."""

import io
import zipfile
from typing import Any

import pytest

from tests.http.world import World


def call(world: World, verb: str, path: str, body: Any = None, **more: Any) -> Any:
    return world.call("aoba-nurse", verb, f"/files{path}", body, **more)


def put(world: World, path: str, content: bytes = b"x", **headers: str) -> Any:
    return call(world, "PUT", path, data=content, headers=headers)


def paths(answer: Any) -> list[str]:
    return [item["path"] for item in answer.get_json()["items"]]


def test_one_level_is_listed_with_its_folders(world: World) -> None:
    for path in ("/a/1", "/a/b/2", "/3"):
        put(world, path)
    assert call(world, "POST", "/空/folder").status_code == 201
    assert call(world, "POST", "/a/folder").status_code == 409
    level = call(world, "GET", "?delimiter=/")
    assert [(item["kind"], item["path"]) for item in level.get_json()["items"]] == [
        ("folder", "a"),
        ("folder", "空"),
        ("file", "3"),
    ]
    assert paths(call(world, "GET", "?delimiter=/&prefix=a/")) == ["a/b", "a/1"]
    first = call(world, "GET", "?delimiter=/&limit=2").get_json()
    assert paths(call(world, "GET", "?" + first["next"].partition("?")[2])) == ["3"]


def test_older_versions_are_listed_opened_and_made_the_newest(world: World) -> None:
    put(world, "/a", b"one")
    etag = put(world, "/a", b"two").headers["ETag"]
    found = call(world, "GET", "/a?versions").get_json()["items"]
    assert [(one["version"], one["who"]) for one in found] == [(2, "aoba-nurse"), (1, "aoba-nurse")]
    assert call(world, "GET", "/a?version=1").data == b"one"
    assert call(world, "GET", "/a?version=9").status_code == 404
    assert call(world, "POST", "/a/restore", {"version": 1}, headers={"If-Match": '"x"'}).status_code == 412
    restored = call(world, "POST", "/a/restore", {"version": 1}, headers={"If-Match": etag})
    assert (restored.get_json()["version"], call(world, "GET", "/a").data) == (3, b"one")


def test_files_and_folders_move_and_are_copied(world: World) -> None:
    put(world, "/a/1", b"one")
    used = world.call("aoba-nurse", "GET", "/area").get_json()["used"]
    assert call(world, "POST", "/a/copy", {"to": "b/c"}).status_code == 204
    assert call(world, "POST", "/b/c/1/move", {"to": "2"}).status_code == 204
    assert call(world, "POST", "/2/move", {"to": "a/1"}).status_code == 409
    assert call(world, "POST", "/2/move", {"to": "a/1", "overwrite": True}).status_code == 204
    assert call(world, "POST", "/a/move", {"to": "a/b"}).status_code == 422
    assert call(world, "POST", "/a/move", {"to": "con"}).get_json()["field"] == "to"
    assert paths(call(world, "GET", "")) == ["a/1"]
    assert world.call("aoba-nurse", "GET", "/area").get_json()["used"] == used


def test_a_folder_is_deleted_and_comes_back_whole(world: World) -> None:
    for path in ("/a/1", "/a/b/2"):
        put(world, path)
    assert call(world, "DELETE", "/a").status_code == 204
    gone = call(world, "GET", "?deleted=true").get_json()["items"]
    assert [(one["kind"], one["path"]) for one in gone] == [("folder", "a")]
    assert call(world, "POST", "/a/undelete").get_json()["files"] == 2
    assert paths(call(world, "GET", "")) == ["a/1", "a/b/2"]
    assert call(world, "POST", "/none/undelete").status_code == 404


def test_a_folder_comes_as_a_zip(world: World) -> None:
    large = bytes(range(256)) * 4096
    put(world, "/a/検査/画像.bin", large)
    put(world, "/a/small", b"s")
    call(world, "POST", "/a/空/folder")
    answer = call(world, "GET", "/a?zip")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["a/", "a/small", "a/検査/", "a/検査/画像.bin", "a/空/"]
        assert archive.read("a/検査/画像.bin") == large
    assert call(world, "GET", "/none?zip").status_code == 404
    assert world.call("midori-nurse", "GET", "/files/a?zip").status_code == 404


def test_a_zip_of_what_is_damaged_does_not_open(world: World) -> None:
    put(world, "/a/1", bytes(3 * 2**20))
    packs = sorted((world.installation.settings.vault_folder).rglob("*.pack"))
    with packs[-1].open("r+b") as pack:
        pack.seek(2**20)
        byte = pack.read(1)[0]
        pack.seek(2**20)
        pack.write(bytes([byte ^ 1]))
    try:
        answer = call(world, "GET", "/a?zip")
    except Exception:  # the answer breaks off, which the test client shows as what broke it
        return
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(answer.data))


@pytest.mark.parametrize("asked", ["bytes=1-", "bytes=5-9", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused_with_the_size(world: World, asked: str) -> None:
    put(world, "/a", b"x")
    refused = call(world, "GET", "/a", headers={"Range": asked})
    assert (refused.status_code, refused.get_json()["size"]) == (416, 1)
