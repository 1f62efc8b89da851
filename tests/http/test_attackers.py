"""What a facility's own token, a colleague's and a stranger's can be turned against: each try comes to nothing."""

import hashlib
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.http.kept import kept
from tests.http.test_bad_input import manifest
from tests.http.test_dav import basic, dav, lock, put
from tests.http.tus import Tus
from tests.http.world import World, tar_of
from vault.base import clock, ids
from vault.base.scope import Scope
from vault.exams import drive_locks, zips
from vault.exams.models import DriveFile
from vault.intake.uploads import service as uploads
from vault.intake.uploads.models import Upload
from vault.tenancy import logins

CONTENT = b"image" * 200
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def area_of(world: World, login: str) -> Scope:
    with world.installation.database.read() as session:
        person = logins.person_by(session, login)
        assert person is not None
        return Scope.system(person.facility_id)


def test_a_lock_is_neither_prolonged_nor_ended_by_whoever_read_its_token(world: World) -> None:
    put(world, "/a", b"1")
    token = lock(world, "/a").headers["Lock-Token"]
    seen = dav(world, "PROPFIND", "/a", "aoba-admin", headers={"Depth": "0"}).get_data(as_text=True)
    assert token.strip("<>") in seen, "a colleague sees it, as RFC 4918 has it"
    prolonged = {"If": f"({token})", "Timeout": "Second-80000"}
    for login, refused in (("aoba-admin", 412), ("midori-nurse", 400)):
        assert dav(world, "LOCK", "/a", login, headers=prolonged).status_code == refused
        assert dav(world, "UNLOCK", "/a", login, headers={"Lock-Token": token}).status_code in (403, 404)
    turned = {"If": f"(Not {token})", "Timeout": "Second-80000"}
    assert dav(world, "LOCK", "/a", "aoba-admin", headers=turned).status_code == 412
    assert put(world, "/a", b"2", headers={"If": f"({token})"}).status_code == 204


def test_locks_of_one_drive_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive_locks, "MOST_LOCKS", 3)
    assert [lock(world, f"/{name}").status_code for name in "abcd"] == [201, 201, 201, 429]


def test_uploads_under_way_are_bounded_and_a_refused_one_promises_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 2)
    tus = Tus(world)
    made = [tus.made(10, path=name) for name in "ab"]
    before = kept(world)
    refused = tus.make(10, path="c")
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too_many_uploads")
    assert kept(world) == before
    assert Tus(world, "midori-nurse").make(10, path="c").status_code == 201
    tus.call("DELETE", made[0])
    assert tus.make(10, path="c").status_code == 201


def test_one_image_is_not_uploaded_many_times_into_room_that_was_promised_once(world: World) -> None:
    exam = world.call("aoba-capture1", "POST", "/exams", manifest([CONTENT])).get_json()["id"]
    tus = Tus(world, "aoba-capture1")
    first = tus.made(len(CONTENT), exam=exam, name="0.jpg")
    tus.patch(first, 0, b"other bytes")
    second = tus.made(len(CONTENT), exam=exam, name="0.jpg")
    assert tus.call("HEAD", first).status_code == 404
    with world.installation.database.transaction() as session:
        held = {"holder": "0" * 26, "held_until": clock.now() + timedelta(seconds=4)}
        session.execute(update(Upload).where(Upload.id == second.rpartition("/")[2]).values(**held))
    assert tus.make(len(CONTENT), exam=exam, name="0.jpg").status_code == 423
    assert kept(world).reserved == len(CONTENT)


def test_another_area_learns_nothing_from_a_digest(world: World) -> None:
    exam = world.call("aoba-capture1", "POST", "/exams", manifest([CONTENT])).get_json()["id"]
    world.call("aoba-capture1", "POST", f"/exams/{exam}/bundle?commit=true", data=tar_of([CONTENT]))
    world.call("aoba-nurse", "PUT", "/files/a", data=CONTENT)
    theirs = world.call("midori-capture1", "POST", "/exams", manifest([CONTENT])).get_json()
    assert theirs["missing"] == [DIGEST]
    assert world.call("midori-nurse", "PUT", "/files/a", data=CONTENT).status_code == 201
    assert world.call("midori-nurse", "GET", "/area").get_json()["used"] == len(CONTENT)
    lie = manifest([CONTENT])
    lie["images"][0]["size"] = 1  # type: ignore[index]
    assert world.call("midori-admin", "POST", "/exams", {**lie, "patient_id": "P-9"}).status_code == 422
    none = manifest([b"never seen"])
    none["images"][0]["size"] = 1  # type: ignore[index]
    assert world.call("midori-admin", "POST", "/exams", none).status_code == 201


def test_what_is_a_strangers_and_what_is_nobodys_look_the_same(world: World) -> None:
    exam, _ = world.exam("aoba-capture1")
    upload = Tus(world).made(10, path="mine").rpartition("/")[2]
    world.call("aoba-nurse", "PUT", "/files/mine", data=b"x")
    nobodys = "0" * 26
    asked: list[tuple[str, str, str, dict[str, Any]]] = [
        ("GET", f"/exams/{exam}", f"/exams/{nobodys}", {}),
        ("GET", f"/exams/{exam}/bundle", f"/exams/{nobodys}/bundle", {}),
        ("POST", f"/exams/{exam}/bundle", f"/exams/{nobodys}/bundle", {"data": b"x"}),
        ("POST", f"/exams/{exam}/commit", f"/exams/{nobodys}/commit", {}),
        ("PATCH", f"/uploads/{upload}", f"/uploads/{nobodys}", {"headers": tus_headers()}),
        ("GET", "/files/mine", "/files/none", {}),
        ("GET", "/files/mine?versions", "/files/none?versions", {}),
        ("POST", "/files/mine/undelete", "/files/none/undelete", {}),
    ]
    for verb, one, other, more in asked:
        answers = [world.call("midori-nurse", verb, path, **more) for path in (one, other)]
        assert answers[0].status_code == 404
        assert answers[0].get_json() == answers[1].get_json(), one


def tus_headers() -> dict[str, str]:
    return {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}


def test_no_way_over_webdav_leads_into_another_area(world: World) -> None:
    put(world, "/secret", b"aoba")
    token = lock(world, "/secret").headers["Lock-Token"]
    aoba = area_of(world, "aoba-nurse").area
    for path in (f"/../{aoba}/secret", f"/{aoba}/secret", "/%2e%2e/secret", "/..%2fsecret", "//secret"):
        for verb in ("GET", "PROPFIND", "DELETE", "PROPPATCH"):
            answer = dav(world, verb, path, "midori-nurse", headers={"Depth": "0", "If": f"({token})"})
            assert answer.status_code in (308, 400, 404, 412, 422), (verb, path)
            assert b"aoba" not in answer.data
    put(world, "/own", b"midori", login="midori-nurse")
    for target in (f"/dav/../{aoba}/x", "http://other.example/dav/x", "/api/v1/files/x", "//other.example/dav/x"):
        for verb in ("COPY", "MOVE"):
            answer = dav(world, verb, "/own", "midori-nurse", headers={"Destination": target})
            assert answer.status_code in (400, 422, 502), (verb, target)
    assert dav(world, "GET", "/own", "midori-nurse").data == b"midori"
    assert dav(world, "GET", "/secret").data == b"aoba"


@pytest.mark.parametrize("verb", ["PROPFIND", "PROPPATCH", "LOCK"])
@pytest.mark.parametrize("depth", ["0", "1"])
def test_xml_reads_no_file_and_costs_no_stack(world: World, verb: str, depth: str) -> None:
    dav(world, "MKCOL", "/a")
    outside = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><D:propfind xmlns:D="DAV:">&x;</D:propfind>'
    parameter = '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]><D:propfind xmlns:D="DAV:"/>'
    inner = "<D:prop>" + "<a>" * 100_000 + "</a>" * 100_000 + "</D:prop>"
    deep = f'<D:propertyupdate xmlns:D="DAV:"><D:set>{inner}</D:set></D:propertyupdate>'
    for body in (outside, parameter, deep):
        assert dav(world, verb, "/a", data=body, headers={"Depth": depth}).status_code == 400


def test_a_listing_of_thousands_is_sent_as_it_is_read(world: World) -> None:
    put(world, "/first", b"x")
    dav(world, "MKCOL", "/many")
    with world.installation.database.transaction() as session:
        one = session.scalars(select(DriveFile)).one()
        same = {"facility_id": one.facility_id, "folded_parent": "many", "version": 1, "sha256": one.sha256}
        same |= {"size": 1, "media_type": "image/jpeg", "modified_at": clock.now()}
        names = [f"many/{number:05}" for number in range(3000)]
        session.execute(
            insert(DriveFile), [{**same, "id": ids.new(), "path": name, "folded_path": name} for name in names]
        )
    tracemalloc.start()
    headers = {"Authorization": basic("aoba-nurse", world.tokens["aoba-nurse"]), "Depth": "1"}
    answer = world.app.test_client().open("/dav/many", method="PROPFIND", headers=headers)
    count, size = 0, 0
    for part in answer.response:
        assert isinstance(part, bytes)
        count, size = count + part.count(b"getetag>") // 2, size + len(part)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 3000
    assert peak < max(size, 6 * 2**20)


def test_a_zip_of_much_takes_the_memory_of_little(world: World) -> None:
    large = bytes(4 * 2**20)
    for number in range(5):
        world.call("aoba-nurse", "PUT", f"/files/much/{number}", data=large + bytes([number]))
    scope = area_of(world, "aoba-nurse")
    with world.installation.database.read() as session:
        members = zips.members(session, scope, world.installation.store, "much")
    tracemalloc.start()
    sent = sum(len(part) for part in zips.stream(members))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent > 5 * len(large)
    assert peak < 2 * len(large) + 2**20


def test_json_that_is_read_whole_is_bounded(world: World) -> None:
    body = b'{"subject": "x", "body": "' + b"y" * (17 * 2**20) + b'"}'
    answer = world.call("aoba-nurse", "POST", "/requests", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
