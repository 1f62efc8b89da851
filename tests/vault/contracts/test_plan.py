"""The plan of a device is what the contract of its target says, or clearly nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.services.clock import HeldClock
from tests.vault.contracts.test_terms import terms
from tests.vault.tenancy.tenants import facility
from vault.base.database import Database
from vault.base.errors import Denied
from vault.base.scope import Scope
from vault.contracts import service
from vault.contracts.plan import Plan, plan
from vault.contracts.timing import Timing
from vault.tenancy import devices, facilities
from vault.tenancy.scopes import of_device

ROOM = "endoscopy room 1"
EMPTY: dict[str, Any] = {
    "target": None,
    "version": None,
    "timing": None,
    "unit": None,
    "kinds": [],
    "patients": {"default": "in", "except": []},
    "next_run": None,
    "zone": "Asia/Tokyo",
}


@pytest.fixture
def area(database: Database, clock: HeldClock) -> Scope:
    with database.transaction() as session:
        return Scope.system(facility(session).id)


def plan_of(database: Database, area: Scope, target: str | None, *agreed: dict[str, Any]) -> Plan:
    """The plan of a new device of that target after those contracts were agreed."""
    with database.transaction() as session:
        for changes in agreed:
            service.agree_from_file(session, area, terms(**changes))
        login = f"device-{len(devices.in_area(session, area))}"
        return plan(session, of_device(devices.add(session, area, login=login, target=target), None))


def test_the_plan_says_what_was_agreed(database: Database, area: Scope) -> None:
    body = plan_of(database, area, ROOM, {}).body
    assert body == {
        "target": ROOM,
        "version": terms().digest[:16],
        "timing": "nightly@02:00",
        "unit": "facility",
        "kinds": ["clip", "still"],
        "patients": {"default": "in", "except": ["P-9"]},
        "next_run": "2026-04-01T17:00:00Z",
        "zone": "Asia/Tokyo",
    }


def test_without_a_contract_the_plan_is_empty(database: Database, area: Scope) -> None:
    assert plan_of(database, area, ROOM).body == EMPTY
    assert plan_of(database, area, None).body == EMPTY


def test_without_a_target_the_only_contract_counts_and_of_several_none(database: Database, area: Scope) -> None:
    assert plan_of(database, area, None, {}).body["target"] == ROOM
    assert plan_of(database, area, None, {"target": "ward"}).body == EMPTY
    assert plan_of(database, area, "ward").body["target"] == "ward"
    assert plan_of(database, area, "attic").body == EMPTY


def test_the_tag_changes_with_the_plan_and_only_then(database: Database, area: Scope, clock: HeldClock) -> None:
    first = plan_of(database, area, ROOM, {})
    clock.forward(timedelta(hours=16, minutes=59))
    assert plan_of(database, area, ROOM).etag == first.etag
    clock.forward(timedelta(minutes=1))
    later = plan_of(database, area, ROOM)
    assert later.etag != first.etag
    assert later.body["version"] == first.body["version"]
    assert later.body["next_run"] == "2026-04-02T17:00:00Z"


def test_no_run_lies_outside_the_contract(database: Database, area: Scope, clock: HeldClock) -> None:
    assert plan_of(database, area, ROOM, {}).body["next_run"] is not None
    clock.set(datetime(2027, 3, 31, 3, 0, tzinfo=UTC))
    assert plan_of(database, area, ROOM).body["next_run"] is None
    assert plan_of(database, area, ROOM).body["target"] == ROOM
    clock.set(datetime(2027, 3, 31, 15, 0, tzinfo=UTC))
    assert plan_of(database, area, ROOM).body == EMPTY


@pytest.mark.parametrize("timing", ["per-exam", "simultaneous", "on-demand"])
def test_no_clock_starts_the_other_timings(database: Database, area: Scope, timing: str) -> None:
    body = plan_of(database, area, ROOM, {"timing": timing}).body
    assert (body["timing"], body["next_run"]) == (timing, None)


def test_a_plan_is_a_device_s(database: Database, area: Scope) -> None:
    with database.read() as session, pytest.raises(Denied):
        plan(session, area)


def test_a_plan_is_in_the_facility_s_zone(database: Database, area: Scope) -> None:
    with database.transaction() as session:
        facilities.change(session, Scope.system(), facilities.of(session, area), zone="Pacific/Auckland")
    assert plan_of(database, area, ROOM, {}).body["next_run"] == "2026-04-01T13:00:00Z"


@pytest.mark.parametrize(
    ("after", "zone", "run"),
    [
        ("2026-03-28T12:00:00+00:00", "Europe/Berlin", "2026-03-29T01:30:00+00:00"),
        ("2026-10-24T22:00:00+00:00", "Europe/Berlin", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T12:00:00+00:00", "Europe/Berlin", "2026-10-26T01:30:00+00:00"),
        ("2026-04-01T17:30:00+00:00", "Asia/Tokyo", "2026-04-02T17:30:00+00:00"),
    ],
)
def test_the_next_nightly_run_is_later_than_now_and_follows_the_local_clock(after: str, zone: str, run: str) -> None:
    found = Timing.parse("nightly@02:30").next_run(datetime.fromisoformat(after), zone)
    assert found is not None
    assert found.astimezone(UTC) == datetime.fromisoformat(run)
