"""A name that not every computer can keep is refused by its field on every way in, and nothing of it is kept."""

import hashlib
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.kept import kept
from tests.http.test_dav import dav
from tests.http.tus import Tus
from tests.http.world import World
from vault.base.errors import Invalid
from vault.exams import names
from vault.exams.names import LONGEST_NAME, checked_name, folded

BAD = {
    "out of its folder": ("../x", "path_traversal"),
    "out of it in the middle": ("a/../b", "path_traversal"),
    "of another root": ("/x", "name_empty"),
    "an empty part": ("a//b", "name_empty"),
    "NUL": ("a\0b", "unstorable_text"),
    "too long": ("n" * 256, "name_too_long"),
    "too long in bytes": ("患" * 86, "name_too_long"),
    "a path too long": ("/".join(["x" * 200] * 6), "name_too_long"),
    "a device": ("CON", "name_reserved"),
    "a device with an ending": ("lpt1.tar.gz", "name_reserved"),
    "a device in a folder": ("a/NUL.txt/b", "name_reserved"),
    "a device of consoles": ("conIN$", "name_reserved"),
    "a dot at the end": ("x.", "name_reserved"),
    "a blank at the end": ("x ", "name_reserved"),
    "a blank alone": (" ", "name_reserved"),
    "a tab": ("a\tb", "name_characters"),
    "a bell": ("a\x07b", "name_characters"),
    "a control of Latin 1": ("a\x85b", "name_characters"),
    "turned about": ("report\u202egpj.exe", "name_characters"),
    "isolated": ("a\u2066b", "name_characters"),
    "not seen": ("a\u200bb", "name_characters"),
    "a line separator": ("a\u2028b", "name_characters"),
    "a byte order mark": ("\ufeffa", "name_characters"),
    "a backslash": ("a\\b", "name_characters"),
    "a stream of NTFS": ("a:b", "name_characters"),
}
Way = Callable[[World, str], Any]
IMAGE = {"sha256": hashlib.sha256(b"x").hexdigest(), "size": 1}


def addressed(name: str) -> str:
    return quote(name, safe="")


def put(world: World, name: str) -> Any:
    return world.call("aoba-nurse", "PUT", f"/files/{addressed(name)}", data=b"x")


def over_dav(verb: str) -> Way:
    return lambda world, name: dav(world, verb, f"/{addressed(name)}", data=b"x" if verb == "PUT" else None)


def dav_to(verb: str) -> Way:
    return lambda world, name: dav(world, verb, "/source", headers={"Destination": f"/dav/{addressed(name)}"})


def act(verb: str) -> Way:
    return lambda world, name: world.call("aoba-nurse", "POST", f"/files/source/{verb}", {"to": name})


def folder(world: World, name: str) -> Any:
    return world.call("aoba-nurse", "POST", f"/files/{addressed(name)}/folder")


def announce(world: World, name: str) -> Any:
    exam = {"patient_id": "P-1", "performed_at": "2026-11-20T09:00:00Z", "kind": "EGD"}
    return world.call("aoba-capture1", "POST", "/exams", {**exam, "images": [{"name": name, **IMAGE}]})


WAYS: dict[str, tuple[Way, str]] = {
    "PUT": (put, "path"),
    "a folder": (folder, "path"),
    "moved to": (act("move"), "to"),
    "copied to": (act("copy"), "to"),
    "tus": (lambda world, name: Tus(world).make(1, path=name), "path"),
    "dav PUT": (over_dav("PUT"), "path"),
    "dav MKCOL": (over_dav("MKCOL"), "path"),
    "dav MOVE": (dav_to("MOVE"), "to"),
    "dav COPY": (dav_to("COPY"), "to"),
    "an exam": (announce, "images.0.name"),
}


@pytest.fixture(scope="module")
def ground(shared_world: World) -> World:
    """Something that can be moved and copied."""
    put(shared_world, "source")
    return shared_world


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("bad", BAD)
def test_it_is_refused_by_its_field_with_nothing_kept(ground: World, way: str, bad: str) -> None:
    (name, reason), (go, field) = BAD[bad], WAYS[way]
    before = kept(ground)
    answer = go(ground, name)
    if answer.status_code == 308:  # an address that is put right before anybody looks at it
        assert "//" in addressed_path(answer)
    else:
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
        told = answer.get_json()
        assert told["field"] == field
        assert told["detail"]
        if way not in ("an exam", "dav MOVE", "dav COPY"):  # an image has no folders; NUL is found in any part
            assert told["code"] in (reason, "name_characters" if reason == "unstorable_text" else reason)
    assert kept(ground) == before


def addressed_path(answer: Any) -> str:
    return str(answer.request.path)


@pytest.mark.parametrize("bad", BAD)
def test_a_page_tells_it_and_keeps_nothing(ground: World, bad: str) -> None:
    name, before = BAD[bad][0], kept(ground)
    page = ground.browser("aoba-nurse")
    in_a_folder = {"folder": name, "files": (io.BytesIO(b"x"), "fine.txt")}
    answer = page.post("/files/upload", data=in_a_folder, content_type="multipart/form-data")
    assert answer.status_code < 500
    if name != "/x":  # a page's folder begins where its drive does
        assert kept(ground) == before


@pytest.mark.parametrize("way", ["PUT", "tus", "dav PUT", "dav MKCOL", "a folder"])
def test_names_that_one_system_does_not_tell_apart_do_not_lie_beside_each_other(world: World, way: str) -> None:
    put(world, "Straße é.txt")
    before = kept(world)
    for twin in ("STRASSE É.TXT", "strasse é.txt", "Straße E\u0301.txt"):
        answer = WAYS[way][0](world, twin)
        assert answer.status_code in (405, 409, 422), twin
        assert kept(world) == before


def test_one_name_in_two_forms_of_unicode_is_one_file(world: World) -> None:
    assert put(world, "が.txt").status_code == 201
    assert put(world, "か\u3099.txt").status_code == 200
    assert dav(world, "GET", f"/{addressed('か' + chr(0x3099) + '.txt')}").status_code == 200
    assert kept(world).rows[2] == 1


@given(st.text(max_size=300))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_is_taken_can_be_kept_by_every_system(name: str) -> None:
    try:
        taken = checked_name(name, "name")
    except Invalid:
        return
    assert checked_name(taken, "name") == taken
    assert 0 < len(taken.encode()) <= LONGEST_NAME
    assert not set(taken) & set('\0/\\:*?"<>|')
    assert taken[-1] not in ". "
    assert folded(folded(taken)) == folded(taken)


def test_one_that_was_taken_before_it_was_refused_can_be_moved_away_and_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(names, "_wrong_with", lambda name: None)
        for name in ("con", "x.", "aux/a:b"):
            assert put(world, name).status_code == 201
    assert world.call("aoba-nurse", "DELETE", "/files/con").status_code == 204
    assert dav(world, "MOVE", "/x.", headers={"Destination": "/dav/x"}).status_code == 201
    assert world.browser("aoba-nurse").get("/files/?folder=aux").status_code == 200
    assert dav(world, "DELETE", "/aux/a:b").status_code == 204
    assert dav(world, "DELETE", "/aux").status_code == 204
    assert [one["path"] for one in world.call("aoba-nurse", "GET", "/files").get_json()["items"]] == ["x"]
