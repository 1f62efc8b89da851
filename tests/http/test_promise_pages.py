"""The pages of hours and promises: what is set holds for the next request, and a wrong form says why."""

from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from tests.http.world import World

WEEK = {**dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00〜24:00")}


def post(browser: FlaskClient, path: str, form: dict[str, Any]) -> Any:
    with browser.session_transaction() as kept:
        kept["csrf_token"] = "token"
    return browser.post(path, data=form)


def test_a_calendar_and_a_promise_are_set_and_shown(world: World) -> None:
    browser = world.browser("admin1")
    calendar = {"code": "round the clock", "zone": "Asia/Tokyo", "country": "", **WEEK, "closed": "", "opened": ""}
    assert post(browser, "/admin/hours", calendar).status_code == 303
    shown = browser.get("/admin/hours?code=round%20the%20clock").get_data(as_text=True)
    assert 'value="00:00-24:00"' in shown
    kept = {"calendar": "round the clock", "normal": "1.5", "urgent": "0.5"}
    assert post(browser, "/admin/departments/repair/promise", kept).status_code == 303
    assert 'value="1.5"' in browser.get("/admin/departments").get_data(as_text=True)
    shown = world.call("aoba-nurse", "GET", f"/requests/{world.request()}").get_json()
    (one,) = (part for part in shown["assignments"] if part["department"] == "repair")
    promised = datetime.fromisoformat(one["promise"]) - datetime.fromisoformat(one["since"])
    assert promised == timedelta(minutes=30)


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(world: World) -> None:
    browser = world.browser("admin1")
    before = browser.get("/admin/hours").get_data(as_text=True)
    wrong = {"code": "night", "zone": "Nowhere", "country": "JP", **WEEK}
    refused = post(browser, "/admin/hours", wrong)
    assert refused.status_code == 422
    assert 'id="zone-error"' in refused.get_data(as_text=True)
    assert browser.get("/admin/hours").get_data(as_text=True).count("?code=") == before.count("?code=")
    for field, value in (("normal", "soon"), ("urgent", "0"), ("normal", "1e999")):
        form = {"calendar": "office", "normal": "17", "urgent": "4", field: value}
        refused = post(browser, "/admin/departments/repair/promise", form)
        assert refused.status_code == 422
        assert f'id="{field}-repair-error"' in refused.get_data(as_text=True)
    assert post(browser, "/admin/departments/nobody/promise", {}).status_code == 404
    assert browser.get("/admin/hours?code=nowhere").status_code == 404
