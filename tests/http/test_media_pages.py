"""Copies on discs over HTTP: fetched by any range, a passphrase shown once, ticked by the provider, seen in the log."""

import hashlib
import re

from tests.http.world import World
from vault.media import keeping


def test_the_facility_fetches_the_image_and_goes_on_where_it_was_cut(world: World) -> None:
    world.exam("aoba-capture1")
    set_id = world.copy()
    browser = world.browser("aoba-admin")
    page = browser.get("/media")
    assert page.status_code == 200
    address = f"/media/{set_id}/disc-1.iso"
    assert address in page.text
    whole = browser.get(address)
    assert whole.status_code == 200
    assert ".iso" in whole.headers["Content-Disposition"]
    digest = hashlib.sha256(whole.data).hexdigest()
    assert whole.headers["ETag"] == f'"{digest}"'
    half = len(whole.data) // 2
    rest = browser.get(address, headers={"Range": f"bytes={half}-", "If-Range": f'"{digest}"'})
    assert rest.status_code == 206
    assert whole.data[:half] + rest.data == whole.data
    assert browser.get(address, headers={"Range": f"bytes={len(whole.data)}-"}).status_code == 416


def test_a_program_finds_and_fetches_it_by_the_api(world: World) -> None:
    world.exam("aoba-capture1")
    set_id = world.copy()
    (listed,) = world.call("aoba-admin", "GET", "/media").get_json()["items"]
    (disc,) = listed["discs"]
    assert (listed["id"], listed["state"], listed["exams"]) == (set_id, "ready", 1)
    fetched = world.call("aoba-admin", "GET", disc["url"].removeprefix("/api/v1"))
    assert hashlib.sha256(fetched.data).hexdigest() == disc["sha256"]
    assert len(fetched.data) == disc["size"]
    assert world.call("midori-admin", "GET", disc["url"].removeprefix("/api/v1")).status_code == 404
    assert world.call("midori-admin", "GET", "/media").get_json()["items"] == []


def test_the_passphrase_is_shown_once_to_the_facility_alone(world: World) -> None:
    world.exam("aoba-capture1")
    set_id = world.copy(encrypted_discs=True)
    browser, address = world.browser("aoba-admin"), f"/media/{set_id}/passphrase"
    shown = browser.post(address)
    assert re.search(r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}", shown.text)
    assert shown.headers["Cache-Control"] == "no-store"
    again = browser.post(address)
    assert again.status_code == 409
    assert not re.search(r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}", again.text + browser.get("/media").text)
    assert world.browser("admin1").post(address).status_code in (403, 404)


def test_the_provider_ticks_discs_as_burned_then_the_copy_as_posted(world: World) -> None:
    world.exam("aoba-capture1")
    set_id = world.copy()
    browser = world.browser("admin1")
    early = browser.post(f"/admin/media/{set_id}/posted", data={"done": "1"}, follow_redirects=True).text
    assert "(admin1)" not in early
    page = browser.post(f"/admin/media/{set_id}/burned", data={"number": "1", "done": "1"}, follow_redirects=True).text
    assert "admin1" in page
    page = browser.post(f"/admin/media/{set_id}/posted", data={"done": "1"}, follow_redirects=True).text
    assert "(admin1)" in page
    assert browser.post(f"/admin/media/{set_id}/burned", data={"number": "9", "done": "1"}).status_code == 404
    assert browser.get("/admin/media").status_code == 200


def test_the_picking_list_is_printed(world: World) -> None:
    world.exam("aoba-capture1")
    found = world.browser("admin1").get(f"/admin/media/{world.copy()}.pdf")
    assert found.status_code == 200
    assert found.data.startswith(b"%PDF")


def test_what_the_provider_fetches_stands_in_the_access_log_of_the_facility(world: World) -> None:
    world.exam("aoba-capture1")
    set_id = world.copy()
    fetched = world.browser("admin1").get(f"/admin/media/{set_id}/disc-1.iso")
    assert fetched.status_code == 200
    looks = world.call("aoba-admin", "GET", "/access-log").get_json()["items"]
    (look,) = [one for one in looks if one["what"] == "media.fetched"]
    assert (look["side"], look["who"]) == ("provider", "admin1")
    assert look["why"].startswith("ward, ")


def test_an_image_that_was_removed_is_gone_with_a_word(world: World) -> None:
    world.exam("aoba-capture1")
    set_id = world.copy()
    keeping.remove(world.installation.settings.media_folder, set_id)
    assert world.browser("aoba-admin").get(f"/media/{set_id}/disc-1.iso").status_code == 404
