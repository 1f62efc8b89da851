"""Text that no database keeps, and numbers and times beyond any: 422 by their field, never 500, on both databases."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.test_dav import dav
from tests.http.tus import metadata
from tests.http.world import World, build

GREAT = "9" * 30
VERY_GREAT = "9" * 5000
BEFORE_ALL = "0001-01-01T00:00:00+14:00"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests of this file, on each database."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            name = server.create()
            patch.setenv("KURA_DATABASE_URL", server.url(name))
        made = build(folder)
    yield made
    made.installation.close()
    if request.param == "postgresql":
        server.drop(name)


def cursor(at: str, id_: object) -> str:
    return base64.urlsafe_b64encode(json.dumps([at, id_]).encode()).decode().rstrip("=")


QUERIES = [
    *((login, path, name) for login, path, name in (
        ("aoba-nurse", "/exams", "patient_id"),
        ("aoba-nurse", "/files", "prefix"),
        ("aoba-nurse", "/requests", "after"),
        ("aoba-nurse", "/answers", "state"),
        ("aoba-admin", "/access-log", "after"),
        ("repair1", "/queue", "department"),
        ("analyst1", "/search", "q"),
        ("analyst1", "/search", "facility"),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("login", "path", "name"), QUERIES)
def test_a_nul_in_a_query_is_refused_by_its_name(world: World, login: str, path: str, name: str) -> None:
    answer = world.call(login, "GET", f"{path}?{name}=a%00b", headers={"Kura-Purpose": "x"})
    assert (answer.status_code, answer.get_json()["code"], answer.get_json()["field"]) == (
        422,
        "unstorable_text",
        name,
    )


@pytest.mark.parametrize("path", ["/exams?patient_id=%00", "/requests?state=%00", "/files/?prefix=%00", "/exams/%00"])
def test_a_page_says_so_in_words(world: World, path: str) -> None:
    page = world.browser("aoba-nurse").get(path)
    assert page.status_code == 422
    assert page.mimetype == "text/html"


def test_a_form_with_it_is_shown_as_refused(world: World) -> None:
    page = world.browser("aoba-nurse").post("/requests/new", data={"subject": "a\0b", "body": "x"})
    assert page.status_code in (400, 422)
    assert page.mimetype == "text/html"


BODIES: list[tuple[str, str, dict[str, Any], str]] = [
    ("aoba-nurse", "/requests", {"subject": "?", "body": "y"}, "subject"),
    ("aoba-nurse", "/requests", {"subject": "x", "body": "?"}, "body"),
    ("aoba-nurse", "/requests", {"subject": "x", "body": "y", "person": "?"}, "person"),
    ("aoba-nurse", "/requests", {"subject": "x", "body": "y", "files": ["a", "?"]}, "files.1"),
    ("aoba-capture1", "/backup-runs", {"trigger": "on-demand", "plan_version": "?", "exams": []}, "plan_version"),
    (
        "aoba-capture1",
        "/backup-runs",
        {
            "trigger": "on-demand",
            "exams": [{"patient_id": "?", "performed_at": "2026-11-20T09:00:00Z", "digests": []}],
        },
        "exams.0.patient_id",
    ),
    (
        "aoba-capture1",
        "/exams",
        {"patient_id": "P", "performed_at": "2026-11-20T09:00:00Z", "kind": "E", "key": "?", "images": []},
        "key",
    ),
    ("analyst1", "/analyses", {"kind": "colour-cast", "purpose": "?", "filter": {}}, "purpose"),
    ("analyst1", "/analyses", {"kind": "k", "purpose": "x", "filter": {"facilities": ["?"]}}, "filter.facilities.0"),
    ("aoba-nurse", "/files/a/move", {"to": "?"}, "to"),
]  # fmt: skip


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"], ids=["nul", "high half", "low half"])
@pytest.mark.parametrize(("login", "path", "body", "field"), BODIES)
def test_a_body_with_it_is_refused_by_the_place_it_stands_at(
    world: World, login: str, path: str, body: dict[str, Any], field: str, text: str
) -> None:
    sent = json.dumps(body).replace('"?"', json.dumps(text))
    answer = world.call(login, "POST", path, data=sent, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.get_json()["field"]) == (422, field)
    assert answer.get_json()["detail"]


def test_whole_pairs_and_written_out_escapes_are_text_like_any(world: World) -> None:
    for text in ("😀", "\\u0000", "\\\\ud800"):
        sent = json.dumps({"subject": text, "body": "x"})
        answer = world.call("aoba-nurse", "POST", "/requests", data=sent, headers={"Content-Type": "application/json"})
        assert answer.status_code == 201, text
        shown = world.call("aoba-nurse", "GET", f"/requests/{answer.get_json()['id']}").get_json()
        assert shown["subject"] == text


def test_words_of_an_upload_are_looked_at_too(world: World) -> None:
    for words in (
        {"exam": "a\0b", "name": "x"},
        {"assignment": "a\0b", "filename": "x"},
        {"exam": "0" * 26, "name": "\0"},
    ):
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Upload-Metadata": metadata(**words)}
        answer = world.call("aoba-nurse", "POST", "/uploads", headers=headers)
        assert answer.status_code in (404, 422), words


NUMBERS = [
    f"/files/a?version={GREAT}",
    f"/files/a?version={2**31}",
    f"/exams?limit={GREAT}",
    f"/exams?limit={VERY_GREAT}",
    f"/search?q=x&offset={GREAT}",
    *(f"/{what}?after={cursor(at, '0')}" for what in ("exams", "requests", "answers") for at in (BEFORE_ALL, "x")),
    f"/exams?after={cursor('2026-01-01T00:00:00+00:00', 'a' + chr(0))}",
    f"/exams?after={'W' * 3000}",
    f"/exams?from={quote(BEFORE_ALL)}",
    f"/exams?to={quote('9999-12-31T23:59:59-14:00')}",
]


@pytest.mark.parametrize("path", NUMBERS)
def test_numbers_and_times_beyond_any_are_no_fault_of_ours(world: World, path: str) -> None:
    world.call("aoba-nurse", "PUT", "/files/a", data=b"x")
    login = "analyst1" if "/search" in path else "aoba-nurse"
    answer = world.call(login, "GET", path, headers={"Kura-Purpose": "x"})
    assert answer.status_code in (200, 404, 416, 422), answer.get_data(as_text=True)


@pytest.mark.parametrize("path", [f"/exams?to={d}" for d in ("9999-12-31", "0001-01-01", "2026-W10", "2026-02-30")])
def test_days_at_the_ends_of_time(world: World, path: str) -> None:
    assert world.call("aoba-nurse", "GET", path).status_code in (200, 422)
    assert world.browser("aoba-nurse").get(path).status_code in (200, 422)


@pytest.mark.parametrize(
    "asked", [f"bytes={VERY_GREAT}-", f"bytes={GREAT}-{GREAT}", "bytes=1-", "bytes=5-9", "bytes=-0"]
)
def test_a_range_beyond_the_end_is_416_wherever_bytes_are_given(world: World, asked: str) -> None:
    world.call("aoba-nurse", "PUT", "/files/one", data=b"x")
    exam, (image, *_) = world.exam("aoba-capture1")
    beyond = asked.replace("bytes=1-", f"bytes={len(image)}-").replace("5-9", f"{len(image)}-{len(image) + 9}")
    headers = {"Range": asked}
    page = world.browser("aoba-nurse")
    answers = {
        "file": world.call("aoba-nurse", "GET", "/files/one", headers=headers),
        "page's file": page.get("/files/one", headers=headers),
        "image": world.call("aoba-nurse", "GET", f"/exams/{exam}/images/0.jpg", headers={"Range": beyond}),
        "page's image": page.get(f"/exams/{exam}/images/0.jpg", headers={"Range": beyond}),
    }
    if asked != "bytes=-0":  # wsgidav gives the whole for it, which RFC 9110 allows
        answers["dav"] = dav(world, "GET", "/one", headers=headers)
    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(answers, 416)


def test_a_suffix_longer_than_the_file_is_the_whole_of_it(world: World) -> None:
    world.call("aoba-nurse", "PUT", "/files/one", data=b"x")
    answer = world.call("aoba-nurse", "GET", "/files/one", headers={"Range": f"bytes=-{VERY_GREAT}"})
    assert (answer.status_code, answer.data) == (206, b"x")


HEADERS = [
    {"Last-Event-ID": "²"},
    {"Last-Event-ID": VERY_GREAT},
    {"X-Expected-Entity-Length": "²", "Transfer-Encoding": "chunked"},
    {"Destination": "http://[::1"},
    {"Destination": "ftp://localhost/dav/b"},
    {"Destination": "http://elsewhere.example/dav/b"},
    {"Destination": f"/dav/{'a/' * 600}"},
    {"Timeout": f"Second-{VERY_GREAT}"},
    {"If": "(<"},
    {"If": "(["},
    {"Depth": "²"},
    {"Range": f"bytes={VERY_GREAT}-"},
    {"Idempotency-Key": "\x80"},
    {"Accept-Language": ";" * 1000},
    {"If-Modified-Since": "\x80"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: "-".join(headers))
@pytest.mark.parametrize("verb", ["GET", "PUT", "PROPFIND", "LOCK", "MOVE", "COPY", "MKCOL", "DELETE"])
def test_headers_that_make_no_sense_are_no_fault_of_ours(world: World, verb: str, headers: dict[str, str]) -> None:
    world.call("aoba-nurse", "PUT", "/files/thing", data=b"x")
    told = {"Destination": "/dav/other", **headers}
    answer = dav(world, verb, "/thing", headers=told, data=b"x" if verb == "PUT" else None)
    assert answer.status_code < 500 or answer.status_code in (501, 502, 507)
    if "Last-Event-ID" in headers:
        assert world.call("aoba-nurse", "GET", "/events", headers=headers).status_code == 422


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b"NaN", b"\xff\xfe", b"", b"null", b'{"subject": "\xed\xa0\x80", "body": "x"}']
)
@pytest.mark.parametrize("path", ["/requests", "/exams", "/files/a/move"])
def test_what_is_no_json_is_told(world: World, path: str, raw: bytes) -> None:
    answer = world.call("aoba-nurse", "POST", path, data=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.get_data(as_text=True)


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(st.none() | st.text(max_size=5) | st.integers() | st.floats(), st.lists, max_leaves=5),
        max_size=4,
    ),
    st.sampled_from(BODIES),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_taken_or_refused_with_reason(world: World, more: dict[str, Any], one: tuple[Any, ...]) -> None:
    login, path, body, field = one
    sent = json.dumps(dict(body) | {field.split(".")[0]: list(more.values())[:1] or more} | more)
    answer = world.call(login, "POST", path, data=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500
