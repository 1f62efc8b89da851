"""WebDAV over the app: what RFC 4918 asks, who is let in, and what a lock holds over."""

import base64
import hashlib
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.http.world import World
from vault.base.scope import Scope
from vault.tenancy import logins, tokens

LOCK = (
    '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{scope}/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner>a client</D:owner></D:lockinfo>"
)


def dav(world: World, verb: str, path: str, login: str = "aoba-nurse", **more: Any) -> TestResponse:
    """A WebDAV call by that login with its token."""
    headers = {"Authorization": basic(login, world.tokens.get(login, "none")), **more.pop("headers", {})}
    client = world.app.test_client()
    return client.open(f"/dav{path}", method=verb, headers=headers, buffered=True, **more)


def basic(login: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{login}:{token}".encode()).decode()


def put(world: World, path: str, content: bytes, **more: Any) -> TestResponse:
    return dav(world, "PUT", path, data=content, **more)


def names(world: World, path: str) -> list[str]:
    found = dav(world, "PROPFIND", path, headers={"Depth": "1"})
    assert found.status_code == 207
    return [part.split("</")[0] for part in found.get_data(as_text=True).split("href>")[1::2]]


def lock(world: World, path: str, scope: str = "exclusive", **headers: str) -> TestResponse:
    return dav(world, "LOCK", path, data=LOCK.format(scope=scope), headers={"Timeout": "Second-600", **headers})


def test_a_file_goes_in_and_comes_out_and_the_api_sees_it(world: World) -> None:
    made = put(world, "/手順 & 書.txt", b"0123456789")
    digest = hashlib.sha256(b"0123456789").hexdigest()
    assert (made.status_code, made.headers["ETag"]) == (201, f'"{digest}"')
    assert put(world, "/手順 & 書.txt", b"0123456789").status_code == 204
    got = dav(world, "GET", "/手順 & 書.txt")
    assert (got.status_code, got.data, got.headers["ETag"]) == (200, b"0123456789", f'"{digest}"')
    assert "sandbox" in got.headers["Content-Security-Policy"]
    part = dav(world, "GET", "/手順 & 書.txt", headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert dav(world, "GET", "/手順 & 書.txt", headers={"Range": "bytes=10-"}).status_code == 416
    assert dav(world, "GET", "/手順 & 書.txt", headers={"If-None-Match": f'"{digest}"'}).status_code == 304
    assert dav(world, "HEAD", "/手順 & 書.txt").headers["Content-Length"] == "10"
    assert world.call("aoba-nurse", "GET", "/files/手順 & 書.txt").data == b"0123456789"


def test_folders_are_made_listed_moved_copied_and_deleted(world: World) -> None:
    assert dav(world, "MKCOL", "/a").status_code == 201
    assert dav(world, "MKCOL", "/a").status_code == 405
    assert dav(world, "MKCOL", "/none/b").status_code == 409
    assert put(world, "/none/b.txt", b"x").status_code == 409
    assert put(world, "/a/;b%23.txt", b"x").status_code == 201
    assert dav(world, "COPY", "/a", headers={"Destination": "http://localhost/dav/c/"}).status_code == 201
    assert dav(world, "MOVE", "/a/%3Bb%23.txt", headers={"Destination": "/dav/c/d%3B.txt"}).status_code == 201
    assert names(world, "/c/") == ["/dav/c/", "/dav/c/%3Bb%23.txt", "/dav/c/d%3B.txt"]
    refused = dav(world, "MOVE", "/c", headers={"Destination": "/dav/a", "Overwrite": "F"})
    assert refused.status_code == 412
    assert dav(world, "MOVE", "/c", headers={"Destination": "/dav/a"}).status_code == 204
    assert dav(world, "MOVE", "/a", headers={"Destination": "/dav/a/b"}).status_code >= 400
    assert dav(world, "MOVE", "/a", headers={"Destination": "http://elsewhere/dav/b"}).status_code == 502
    assert dav(world, "DELETE", "/a/").status_code == 204
    assert names(world, "/") == ["/dav/"]
    assert dav(world, "DELETE", "/").status_code == 405
    assert dav(world, "GET", "/").status_code == 405


def test_a_deep_listing_is_refused_and_the_room_is_told(world: World) -> None:
    put(world, "/a", b"12345")
    assert dav(world, "PROPFIND", "/", headers={"Depth": "infinity"}).status_code == 403
    assert dav(world, "PROPFIND", "/").status_code == 403
    root = dav(world, "PROPFIND", "/", headers={"Depth": "0"}).get_data(as_text=True)
    assert "quota-used-bytes>5<" in root
    assert f"quota-available-bytes>{64 * 2**20 - 5}<" in root
    assert dav(world, "PROPFIND", "", headers={"Depth": "0"}).status_code == 207


def test_a_name_that_no_system_keeps_is_refused(world: World) -> None:
    for path in ("/con", "/a%00b", "/x.", "/" + "n" * 256, "/..%2fb"):
        assert 400 <= put(world, path, b"x").status_code < 500, path
    assert dav(world, "MKCOL", "/NUL").status_code == 422
    put(world, "/a", b"x")
    assert put(world, "/A", b"x").status_code == 422
    assert put(world, "/._a", b"clutter").status_code == 201
    assert put(world, "/.DS_Store", b"clutter").status_code == 201


def test_conditions_hold_on_put(world: World) -> None:
    assert put(world, "/a", b"1", headers={"If-Match": "*"}).status_code == 412
    etag = put(world, "/a", b"1", headers={"If-None-Match": "*"}).headers["ETag"]
    assert put(world, "/a", b"2", headers={"If-None-Match": "*"}).status_code == 412
    assert put(world, "/a", b"2", headers={"If-Match": '"other"'}).status_code == 412
    assert put(world, "/a", b"2", headers={"If-Match": etag}).status_code == 204
    assert put(world, "/a", b"3", headers={"If": f"([{etag}])"}).status_code == 412
    assert dav(world, "GET", "/a").data == b"2"


def test_what_does_not_fit_is_refused_with_nothing_kept(world: World) -> None:
    full = put(world, "/a", b"x", headers={"X-Expected-Entity-Length": str(65 * 2**20), "Transfer-Encoding": "chunked"})
    assert full.status_code == 507
    assert names(world, "/") == ["/dav/"]
    assert world.call("aoba-nurse", "GET", "/area").get_json()["used"] == 0


def test_only_the_facilitys_own_come_in(world: World) -> None:
    put(world, "/secret", b"x")
    assert names(world, "/") == ["/dav/", "/dav/secret"]
    for login in ("midori-nurse", "midori-admin", "midori-capture1"):
        assert dav(world, "GET", "/secret", login).status_code == 404
    for login in ("repair1", "analyst1", "billing1", "admin1"):
        assert dav(world, "GET", "/secret", login).status_code == 404
        assert dav(world, "PROPFIND", "/", login, headers={"Depth": "0"}).status_code in (403, 404)
    assert dav(world, "GET", "/secret", "aoba-capture1").status_code == 200


def test_a_wrong_or_revoked_token_is_refused_at_once(world: World) -> None:
    put(world, "/a", b"x")
    without = world.app.test_client().get("/dav/a")
    assert without.status_code == 401
    assert without.headers["WWW-Authenticate"].startswith("Basic ")
    bearer = {"Authorization": f"Bearer {world.tokens['aoba-nurse']}"}
    assert world.app.test_client().get("/dav/a", headers=bearer).status_code == 401
    others = {"Authorization": basic("aoba-admin", world.tokens["aoba-nurse"])}
    assert world.app.test_client().get("/dav/a", headers=others).status_code == 401
    with world.installation.database.transaction() as session:
        nurse = logins.person_by(session, "aoba-nurse")
        assert nurse is not None
        tokens.revoke(session, Scope.system(), nurse)
    assert dav(world, "GET", "/a").status_code == 401


def test_guesses_are_counted_and_shut_out_the_guesser_alone(world: World) -> None:
    put(world, "/a", b"x")
    wrong = {"Authorization": basic("aoba-nurse", "kura_guess")}
    tries = [world.app.test_client().get("/dav/a", headers=wrong).status_code for _ in range(11)]
    assert tries == [401] * 10 + [429]
    assert dav(world, "GET", "/a").status_code == 200
    assert world.call("aoba-nurse", "GET", "/files/a").status_code == 200


def test_a_lock_keeps_others_from_changing_what_it_is_on(world: World) -> None:
    put(world, "/a", b"1")
    locked = lock(world, "/a")
    token = locked.headers["Lock-Token"]
    assert locked.status_code == 200
    assert "Second-" in locked.get_data(as_text=True)
    assert lock(world, "/a").status_code == 423
    assert put(world, "/a", b"2").status_code == 423
    assert dav(world, "DELETE", "/a").status_code == 423
    assert dav(world, "MOVE", "/a", headers={"Destination": "/dav/b"}).status_code == 423
    assert world.call("aoba-admin", "PUT", "/files/a", data=b"2").status_code == 409
    assert world.call("aoba-admin", "DELETE", "/files/a").status_code == 409
    assert put(world, "/a", b"2", headers={"If": f"({token})"}).status_code == 204
    stranger = put(world, "/a", b"3", login="aoba-admin", headers={"If": f"({token})"})
    assert stranger.status_code in (412, 423)
    assert lock_refreshed(world, "/a", token).status_code == 200
    assert dav(world, "UNLOCK", "/a", headers={"Lock-Token": token}).status_code == 204
    assert put(world, "/a", b"3").status_code == 204


def lock_refreshed(world: World, path: str, token: str) -> TestResponse:
    return dav(world, "LOCK", path, headers={"If": f"({token})", "Timeout": "Second-900"})


def test_a_lock_on_a_folder_holds_for_all_that_lies_in_it(world: World) -> None:
    dav(world, "MKCOL", "/a")
    put(world, "/a/b", b"1")
    token = lock(world, "/a").headers["Lock-Token"]
    assert put(world, "/a/b", b"2").status_code == 423
    assert put(world, "/a/new", b"2").status_code == 423
    assert dav(world, "MKCOL", "/a/c").status_code == 423
    assert lock(world, "/a/b").status_code == 423
    assert dav(world, "MKCOL", "/a/c", headers={"If": f"</dav/a> ({token})"}).status_code == 201
    assert put(world, "/a/new", b"2", headers={"If": f"<http://localhost/dav/a> ({token})"}).status_code == 201
    assert dav(world, "DELETE", "/a", headers={"If": f"({token})"}).status_code == 204
    assert dav(world, "MKCOL", "/a").status_code == 201
    assert put(world, "/a/b", b"2").status_code == 201


def test_shared_locks_stand_together_and_a_free_name_can_be_locked(world: World) -> None:
    first, second = lock(world, "/new", "shared"), lock(world, "/new", "shared")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["Lock-Token"] != second.headers["Lock-Token"]
    assert lock(world, "/new").status_code == 423
    assert dav(world, "GET", "/new").data == b""


@pytest.mark.parametrize("verb", ["PROPFIND", "PROPPATCH", "LOCK"])
def test_xml_that_is_a_bomb_or_none_is_refused(world: World, verb: str) -> None:
    put(world, "/a", b"x")
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>'
    for body in (bomb, "<not xml", "<a/>"):
        assert dav(world, verb, "/a", data=body, headers={"Depth": "0"}).status_code == 400
    assert dav(world, verb, "/a", data=b"<" + b"a" * 2**20 + b"/>", headers={"Depth": "0"}).status_code == 413


def test_properties_of_clients_are_kept_and_go_along(world: World) -> None:
    put(world, "/a", b"x")
    patch = (
        '<D:propertyupdate xmlns:D="DAV:" xmlns:z="urn:z"><D:set><D:prop><z:color>青<z:x/></z:color></D:prop></D:set>'
        "</D:propertyupdate>"
    )
    assert dav(world, "PROPPATCH", "/a", data=patch.encode()).status_code == 207
    dav(world, "COPY", "/a", headers={"Destination": "/dav/b"})
    dav(world, "MOVE", "/a", headers={"Destination": "/dav/c"})
    for path in ("/b", "/c"):
        assert "青" in dav(world, "PROPFIND", path, headers={"Depth": "0"}).get_data(as_text=True)
    protected = patch.replace("z:color", "D:getetag").replace("<z:x/>", "")
    assert "403" in dav(world, "PROPPATCH", "/b", data=protected.encode()).get_data(as_text=True)
    removed = patch.replace("D:set", "D:remove").replace("青<z:x/>", "")
    assert dav(world, "PROPPATCH", "/b", data=removed.encode()).status_code == 207
    assert "color" not in dav(world, "PROPFIND", "/b", headers={"Depth": "0"}).get_data(as_text=True)


def test_what_was_done_over_webdav_is_in_the_access_log(world: World) -> None:
    put(world, "/a", b"x")
    dav(world, "MKCOL", "/b")
    dav(world, "MOVE", "/a", headers={"Destination": "/dav/b/a"})
    dav(world, "DELETE", "/b")
    items = world.call("aoba-admin", "GET", "/access-log").get_json()["items"]
    assert [one["what"] for one in items[:4]] == ["folder.deleted", "file.moved", "folder.made", "file.put"]
