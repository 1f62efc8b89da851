"""The analyst orders an analysis, watches, stops and reads it; what it leads to is opened under its purpose."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from portal.worker import run_queue
from tests.http.world import World
from tests.services.clock import HeldClock
from vault.base.jobs import Queue

WHY = "緑色の帯の調査"
ORDER = {"kind": "colour-cast", "filter": {"facilities": ["aoba"]}, "purpose": WHY}


@pytest.fixture
def exam(clock: HeldClock, world: World) -> str:
    """An exam of aoba whose thumbnails are made."""
    found, _ = world.exam("aoba-capture1", seed=7)
    clock.forward(timedelta(seconds=5))
    world.work()
    return found


def log_of(world: World, login: str) -> list[tuple[str, str]]:
    looks = world.call(login, "GET", "/access-log").get_json()["items"]
    return [(look["what"], look["why"]) for look in looks if look["who"] == "analyst1"]


def test_an_analysis_runs_and_the_facility_reads_of_it(world: World, exam: str) -> None:
    ordered = world.call("analyst1", "POST", "/analyses", ORDER)
    assert ordered.status_code == 201, ordered.get_json()
    shown = ordered.get_json()
    assert (shown["state"], shown["filter"], shown["purpose"]) == ("waiting", {"facilities": ["aoba"]}, WHY)
    run_queue(world.installation, Queue.SLOW.value)
    ended = world.call("analyst1", "GET", f"/analyses/{shown['id']}").get_json()
    assert (ended["state"], ended["done"], ended["total"]) == ("done", 1, 1)
    assert ended["result"]["images"] == 2
    assert ("analysis.looked", WHY) in log_of(world, "aoba-admin")
    assert log_of(world, "midori-admin") == []
    listed = world.call("analyst1", "GET", "/analyses").get_json()["items"]
    assert [one["id"] for one in listed] == [shown["id"]]
    assert world.call("analyst1", "DELETE", f"/analyses/{shown['id']}").status_code == 409


def test_a_waiting_analysis_is_stopped(world: World, exam: str) -> None:
    ordered = world.call("analyst1", "POST", "/analyses", ORDER).get_json()
    stopped = world.call("analyst1", "DELETE", f"/analyses/{ordered['id']}")
    assert (stopped.status_code, stopped.get_json()["state"]) == (200, "cancelled")
    run_queue(world.installation, Queue.SLOW.value)
    assert log_of(world, "aoba-admin") == []


def test_bad_input_is_named_and_orders_nothing(world: World) -> None:
    for wrong, code in (({"purpose": ""}, "purpose_missing"), ({"filter": {"mood": 1}}, "unknown_field")):
        answer = world.call("analyst1", "POST", "/analyses", {**ORDER, **wrong})
        assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert world.call("analyst1", "POST", "/analyses", {**ORDER, "mood": 1}).status_code == 422
    assert world.call("analyst1", "GET", "/analyses/" + "0" * 26).status_code == 404
    assert world.call("analyst1", "GET", "/analyses").get_json()["items"] == []


def test_the_page_orders_watches_and_reads(world: World, exam: str) -> None:
    browser = world.browser("analyst1")
    refused = browser.post("/analyses", data={"kind": "colour-cast", "scope_model": "EV-310"})
    assert refused.status_code == 422
    assert "EV-310" in refused.get_data(as_text=True)
    form = {
        "kind": "colour-cast",
        "purpose": WHY,
        "facilities": "aoba, midori",
        "from": "2026-11-20",
        "to": "2026-11-20",
    }
    page = browser.post("/analyses", data=form).headers["Location"]
    assert "every 1s" in browser.get(page).get_data(as_text=True)
    run_queue(world.installation, Queue.SLOW.value)
    done = browser.get(page).get_data(as_text=True)
    assert "青葉クリニック" in done
    assert "every 1s" not in done
    assert browser.post(f"{page}/cancel").status_code == 409
    browser.post("/analyses", data=form)
    assert browser.get("/analyses").get_data(as_text=True).count(WHY) == 2


def test_images_are_served_to_whoever_opened_their_item_under_a_purpose(world: World, exam: str) -> None:
    browser = world.browser("analyst1")
    image = f"/search/exam/{exam}/images/{exam}/0.jpg"
    assert browser.get(image).status_code == 404
    page = browser.get(f"/search/exam/{exam}?purpose={quote(WHY)}").get_data(as_text=True)
    assert f"/search/exam/{exam}/thumbnails/320/{exam}/0.jpg" in page
    assert browser.get(image).mimetype == "image/jpeg"
    assert browser.get(f"/search/exam/{exam}/thumbnails/320/{exam}/0.jpg").status_code == 200
    assert world.browser("admin1").get(image).status_code == 404
    assert [what for what, _ in log_of(world, "aoba-admin")] == ["search.opened"]


def test_a_request_shows_the_images_it_is_about_and_no_other(world: World, exam: str) -> None:
    request = world.request(exams=[exam], images=[{"exam": exam, "name": "1.jpg"}])
    browser = world.browser("analyst1")
    page = browser.get(f"/search/request/{request}?purpose={quote(WHY)}").get_data(as_text=True)
    assert "1.jpg" in page
    assert "0.jpg" not in page
    assert browser.get(f"/search/request/{request}/images/{exam}/1.jpg").status_code == 200
    assert browser.get(f"/search/request/{request}/images/{exam}/0.jpg").status_code == 404
    assert browser.get(f"/search/answer/{request}/images/{exam}/1.jpg").status_code == 404
