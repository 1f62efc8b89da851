"""The clock of a promise: hours of work alone, still while the facility is asked, a warning before it is late."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from routing.departments import queries as departments
from routing.promises import service as promises
from routing.queue import claims, facility, service, views, watch
from tests.routing.queue.steps import assignment, delivered, request
from tests.routing.world import ON_BOTH, World
from tests.services.clock import HeldClock
from vault.base.errors import Denied, Invalid, NotFound
from vault.base.notices import Notice

pytestmark = ON_BOTH

FRIDAY = datetime(2026, 11, 27, 1, tzinfo=UTC)
"""Ten o'clock in Tokyo; the Monday before was a public holiday."""
HOUR = timedelta(hours=1)


def shown(world: World) -> dict[str, Any]:
    with world.database.read() as session:
        return views.queue(session, world.repair).items[0]


def promise(world: World, **more: Any) -> None:
    values = {"calendar": "office", "normal": 8 * HOUR, "urgent": 2 * HOUR, "urgent_at_any_hour": False, **more}
    with world.transaction() as session:
        promises.ensure_usual(session)
        (department,) = departments.by_codes(session, ["repair"], field="to")
        promises.promise(session, world.admin, department, **values)


def told(world: World) -> list[Notice]:
    with world.database.read() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == watch.OVERDUE)))


def watched(world: World) -> tuple[int, int]:
    with world.transaction() as session:
        return watch.warn(session), watch.escalate(session)


def test_without_any_setting_an_answer_is_promised_within_two_days_of_the_office(
    clock: HeldClock, world: World
) -> None:
    clock.set(FRIDAY)
    request_id = delivered(world)
    assert shown(world)["due_at"] == datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert request(world, request_id)["assignments"][0]["promise"] == shown(world)["due_at"]


def test_what_is_urgent_may_count_every_hour(clock: HeldClock, world: World) -> None:
    promise(world, urgent_at_any_hour=True)
    clock.set(FRIDAY + 7 * HOUR)
    delivered(world, urgency="urgent")
    assert shown(world)["due_at"] == FRIDAY + 9 * HOUR


def test_a_calendar_of_its_own_with_its_free_days(clock: HeldClock, world: World) -> None:
    week = [[["22:00", "24:00"]], *[[["00:00", "06:00"], ["22:00", "24:00"]]] * 4, [["00:00", "06:00"]], []]
    with world.transaction() as session:
        promises.keep_calendar(
            session, world.admin, "night", zone="Asia/Tokyo", country="", week=week, closed=["2026-11-30"]
        )
    promise(world, calendar="night", normal=9 * HOUR)
    clock.set(FRIDAY)
    delivered(world)
    # Eight hours of the night to Saturday; Sunday has none, Monday is free, and one hour of Tuesday is left.
    assert shown(world)["due_at"] == datetime(2026, 11, 30, 16, tzinfo=UTC)


def test_the_clock_stands_still_while_the_facility_is_asked(clock: HeldClock, world: World) -> None:
    promise(world)
    clock.set(FRIDAY)
    request_id = delivered(world)
    clock.set(FRIDAY + HOUR)
    with world.transaction() as session:
        service.ask(session, world.repair, assignment(world, world.repair), "いつからですか")
    clock.set(FRIDAY + timedelta(days=14))
    assert shown(world)["clock"] == "paused"
    assert "promise" not in request(world, request_id)["assignments"][0]
    assert watched(world) == (0, 0)
    with world.transaction() as session:
        facility.reply(session, world.aoba, request_id, body="昨日から")
    seen = shown(world)
    assert (seen["clock"], seen["due_at"]) == ("running", FRIDAY + timedelta(days=14) + 7 * HOUR)


def test_a_date_that_was_told_is_kept_whatever_is_asked(clock: HeldClock, world: World) -> None:
    clock.set(FRIDAY)
    request_id, until = delivered(world), FRIDAY + timedelta(days=5)
    mine = assignment(world, world.repair)
    with world.transaction() as session:
        service.interim(session, world.repair, mine, body="部品待ち", until=until)
        service.ask(session, world.repair, mine, "いつからですか")
    clock.set(FRIDAY + timedelta(days=2))
    with world.transaction() as session:
        facility.reply(session, world.aoba, request_id, body="昨日から")
    assert shown(world)["due_at"] == until


def test_a_department_is_warned_and_the_administrators_hear_of_what_is_late_once(
    clock: HeldClock, world: World
) -> None:
    promise(world)
    clock.set(FRIDAY)
    delivered(world)
    clock.set(FRIDAY + 5 * HOUR)
    assert (watched(world), shown(world)["clock"]) == ((0, 0), "running")
    clock.set(FRIDAY + 6 * HOUR)
    assert (watched(world), shown(world)["clock"]) == ((1, 0), "soon")
    # Half past five comes before the eighth hour: the last half hour is Monday's.
    clock.set(datetime(2026, 11, 30, 0, 29, tzinfo=UTC))
    assert (watched(world), shown(world)["clock"]) == ((0, 0), "soon")
    clock.set(datetime(2026, 11, 30, 0, 30, tzinfo=UTC))
    assert (watched(world), shown(world)["clock"]) == ((0, 1), "late")
    assert watched(world) == (0, 0)
    (notice,) = told(world)
    assert (notice.audience, notice.values["en"], notice.facility_id) == ("role:admin", "Repair", world.aoba.area)


def test_a_new_date_is_watched_anew(clock: HeldClock, world: World) -> None:
    clock.set(FRIDAY)
    delivered(world)
    clock.set(FRIDAY + timedelta(days=7))
    assert watched(world) == (1, 1)
    mine = assignment(world, world.repair)
    with world.transaction() as session:
        service.interim(session, world.repair, mine, body="部品待ち", until=FRIDAY + timedelta(days=8))
    assert shown(world)["clock"] == "running"
    clock.set(FRIDAY + timedelta(days=9))
    assert watched(world) == (1, 1)
    assert len(told(world)) == 2


def test_what_is_answered_is_late_no_more(clock: HeldClock, world: World) -> None:
    clock.set(FRIDAY)
    delivered(world)
    mine = assignment(world, world.repair)
    with world.transaction() as session:
        claims.claim(session, world.repair, mine)
        service.transfer(session, world.repair, mine, to=["clinical"], reason="薬剤の話")
    clock.set(FRIDAY + timedelta(days=9))
    assert watched(world) == (1, 1)
    with world.database.read() as session:
        assert views.queue(session, world.repair, state="transferred").items[0]["clock"] == "ended"


def test_a_part_that_was_handed_over_keeps_its_promise(clock: HeldClock, world: World) -> None:
    clock.set(FRIDAY)
    delivered(world)
    due = shown(world)["due_at"]
    clock.set(FRIDAY + 3 * HOUR)
    with world.transaction() as session:
        service.transfer(session, world.repair, assignment(world, world.repair), to=["clinical"], reason="薬剤の話")
    with world.database.read() as session:
        assert views.queue(session, world.clinical).items[0]["due_at"] == due


@pytest.mark.parametrize("values", [{"normal": timedelta(0)}, {"urgent": -HOUR}, {"normal": timedelta(days=91)}])
def test_no_promise_is_of_nothing_or_for_ever(world: World, values: dict[str, timedelta]) -> None:
    with pytest.raises(Invalid) as refused:
        promise(world, **values)
    assert refused.value.field in values


def test_a_promise_names_a_calendar_that_is_there(world: World) -> None:
    with pytest.raises(NotFound):
        promise(world, calendar="moon")


def test_promises_are_the_administrators_to_give(world: World) -> None:
    with pytest.raises(Denied), world.transaction() as session:
        promises.keep_calendar(
            session, world.repair, "x", zone="Asia/Tokyo", country="JP", week=[[["09:00", "10:00"]]] * 7
        )
