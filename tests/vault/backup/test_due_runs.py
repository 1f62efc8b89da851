"""The server keeps the nights that contracts ask for: one row each, whatever clocks, zones and contracts do."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from tests.services.clock import START, HeldClock
from tests.vault.backup.nights import LIMITS, ROOM, Place
from tests.vault.tenancy.tenants import at_once
from vault.backup import judging, overview, schedule
from vault.backup.models import BackupRun, DueRun
from vault.base import clock as present
from vault.base import ids
from vault.base.database import Database
from vault.base.errors import Invalid
from vault.base.notices import Notice
from vault.base.scope import Role, Scope
from vault.contracts import running
from vault.contracts import service as contracts
from vault.tenancy import devices

FIRST = datetime(2026, 4, 1, 17, 0, tzinfo=UTC)
"""Two in the morning of 2 April in Tokyo: the first night after the contract was agreed."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ADMINS = ("facility-admin", "role")


@pytest.fixture
def place(database: Database, clock: HeldClock) -> Place:
    made = Place.made(database)
    made.agree()
    made.look()
    return made


def night(day: int, month: int = 4) -> date:
    return date(2026, month, day)


def told(kind: str, day: int, count: int = 1) -> list[tuple[str, str, str, int]]:
    return [(audience, f"backup.{kind}", night(day).isoformat(), count) for audience in ADMINS]


def test_the_next_night_stands_before_its_hour_comes(place: Place) -> None:
    assert [(one.night, one.due_at, one.state) for one in place.nights()] == [(night(2), FIRST, "waiting")]
    place.look()
    assert len(place.nights()) == 1


def test_a_device_owes_it_from_its_hour_until_it_has_done_it(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    clock.set(FIRST - timedelta(seconds=1))
    assert place.due(device) is None
    clock.set(FIRST)
    assert place.due(device) == "2026-04-01T17:00:00.000Z"
    run = place.begin(device)
    assert place.states() == [(night(2), "running")]
    place.end(device, run)
    assert place.states() == [(night(2), "finished")]
    assert place.due(device) is None
    clock.forward(13 * HOUR)
    place.look()
    assert place.states() == [(night(2), "finished"), (night(3), "waiting")]
    assert place.told() == []


def test_no_worker_is_needed_for_a_night_to_be_carried_out(place: Place, clock: HeldClock) -> None:
    clock.set(FIRST + 3 * DAY)
    device = place.device("capture1")
    assert place.due(device) == "2026-04-04T17:00:00.000Z"
    place.carry_out(device)
    assert place.due(device) is None
    place.look()
    assert [(one.night, one.state, one.made_good_at is not None) for one in place.nights()] == [
        (night(2), "missed", True),
        (night(3), "missed", True),
        (night(4), "missed", True),
        (night(5), "finished", False),
        (night(6), "waiting", False),
    ]
    assert place.told() == []  # what was made good before it was noticed frightens nobody


def test_a_silent_night_is_late_then_missed_and_each_is_told_once_to_both_sides(place: Place, clock: HeldClock) -> None:
    clock.set(FIRST + 3 * HOUR - timedelta(seconds=1))
    place.look()
    assert place.states()[0] == (night(2), "waiting")
    clock.set(FIRST + 3 * HOUR)
    for _ in range(3):
        place.look()
    assert place.states()[0] == (night(2), "late")
    assert place.told() == told("late", 2)
    clock.set(FIRST + 12 * HOUR)
    for _ in range(3):
        place.look()
    assert place.states()[0] == (night(2), "missed")
    assert place.told() == [*told("late", 2), *told("missed", 2)]


def test_while_nights_are_missed_one_after_the_other_lateness_is_not_told_again(place: Place, clock: HeldClock) -> None:
    while clock.forward(HOUR) < FIRST + 2 * DAY:
        place.look()
    assert place.told() == [*told("late", 2), *told("missed", 2), *told("missed", 3)]


def test_a_run_that_comes_late_is_finished_all_the_same(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    clock.set(FIRST + 4 * HOUR)
    place.look()
    place.carry_out(device)
    place.look()
    first = place.nights()[0]
    assert (first.state, first.late_at, first.finished_at) == ("finished", present.now(), present.now())


def test_what_was_missed_is_made_good_by_the_next_run_and_stays_missed(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    clock.set(FIRST + DAY + 13 * HOUR)
    place.look()
    assert place.states()[:2] == [(night(2), "missed"), (night(3), "missed")]
    assert place.due(device) == "2026-04-02T17:00:00.000Z"
    place.carry_out(device)
    assert place.due(device) is None
    assert [(one.state, one.made_good_at) for one in place.nights()[:2]] == [("missed", present.now())] * 2
    assert place.told() == told("missed", 3, 2)


def test_a_night_is_done_when_all_parts_are_and_each_try_counts_anew(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    clock.set(FIRST)
    place.carry_out(device, part=1, parts=3)
    assert place.states()[0] == (night(2), "running")
    place.carry_out(device, state="failed", part=2, parts=3)
    assert place.states()[0] == (night(2), "failed")
    assert place.due(device)
    place.carry_out(device, part=1, parts=2)
    assert place.states()[0] == (night(2), "running")
    place.carry_out(device, part=2, parts=2)
    assert place.states()[0] == (night(2), "finished")


def test_a_night_that_failed_for_good_is_told_as_that(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    clock.set(FIRST)
    place.carry_out(device, state="failed")
    for hours in (3, 12):
        clock.set(FIRST + hours * HOUR)
        place.look()
    assert place.states()[0] == (night(2), "failed")
    assert place.told() == [*told("late", 2), *told("failed", 2)]


def test_every_device_of_a_target_that_backs_up_owes_its_own_run(place: Place, clock: HeldClock) -> None:
    one, two, spare = (place.device(login) for login in ("capture1", "capture2", "spare"))
    clock.set(FIRST)
    place.carry_out(one)
    place.carry_out(two)
    assert place.states()[0] == (night(2), "finished")
    clock.set(FIRST + DAY)
    place.look()
    place.carry_out(one)
    assert place.due(two)
    assert place.states()[1] == (night(3), "waiting")
    assert place.due(spare)
    clock.forward(12 * HOUR)
    place.look()
    assert place.states()[1] == (night(3), "missed")
    with place.database.transaction() as session:
        devices.disable(session, place.area, two.device_id or "")
    clock.set(FIRST + 2 * DAY)
    place.look()
    place.carry_out(one)
    assert place.states()[2] == (night(4), "finished")


def test_a_device_that_is_taken_away_holds_no_night_up(place: Place, clock: HeldClock) -> None:
    one, two = place.device("capture1"), place.device("capture2")
    clock.set(FIRST)
    place.carry_out(two, state="failed")
    place.carry_out(one)
    assert place.states()[0] == (night(2), "failed")
    with place.database.transaction() as session:
        devices.aim(session, place.area, two.device_id or "", "ward")
    clock.set(FIRST + 3 * HOUR)
    place.look()
    assert place.states()[0] == (night(2), "finished")


def test_another_target_s_device_carries_out_nothing_here(place: Place, clock: HeldClock) -> None:
    place.agree(target="ward", timing="per-exam")
    ward = place.device("ward1", "ward")
    clock.set(FIRST)
    place.carry_out(ward)
    assert place.states()[0] == (night(2), "waiting")


def test_whoever_is_at_it_has_until_the_next_hour_unless_nothing_is_heard_of_it(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    clock.set(FIRST)
    place.begin(device)
    place.heard(device, clock.set(FIRST + 20 * HOUR))
    place.look()
    assert place.states()[0] == (night(2), "running")
    assert place.told() == []
    clock.set(FIRST + DAY)
    place.look()
    assert place.states()[0] == (night(2), "missed")


def test_a_device_that_died_over_it_is_late(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    clock.set(FIRST)
    place.begin(device)
    place.heard(device, FIRST)
    clock.set(FIRST + 3 * HOUR)
    place.look()
    assert place.states()[0] == (night(2), "late")


def test_a_backup_by_hand_makes_a_late_night_good_and_is_no_night_before(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    clock.set(FIRST)
    place.carry_out(device, trigger="on-demand")
    assert place.states()[0] == (night(2), "waiting")
    clock.forward(3 * HOUR)
    place.look()
    place.carry_out(device, trigger="on-demand")
    assert place.states()[0] == (night(2), "finished")


def test_a_contract_that_ends_has_its_last_night_and_no_more(place: Place, clock: HeldClock) -> None:
    with place.database.transaction() as session:
        contracts.end(session, place.area, place.contracts()[0], night(1))
    with place.database.read() as session:
        assert schedule.areas_to_make(session) == [place.area.area]
    place.look()
    assert place.states() == []


def test_a_contract_that_ends_while_its_last_night_runs_has_it_finished(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    clock.set(FIRST)
    run = place.begin(device)
    with place.database.transaction() as session:
        contracts.end(session, place.area, place.contracts()[0], night(2))
    clock.forward(23 * HOUR)
    place.heard(device, present.now())
    place.look()
    place.end(device, run)
    place.look()
    assert place.states() == [(night(2), "finished")]


def test_a_contract_that_gives_way_to_another_timing_leaves_its_night_to_whatever_run_comes(
    place: Place, clock: HeldClock
) -> None:
    device = place.device("capture1")
    clock.set(FIRST)
    with place.database.transaction() as session:
        contracts.end(session, place.area, place.contracts()[0], night(2))
    place.agree(start=night(3), timing="nightly@23:30", period="monthly", terms=1)
    place.agree(start=date(2026, 5, 3), timing="per-exam")
    clock.set(datetime(2026, 5, 2, 14, 0, tzinfo=UTC))
    place.look()
    clock.forward(HOUR + timedelta(minutes=10))  # ten past midnight: the last night is open, the contract is over
    place.look()
    last = place.nights()[-1]
    assert (last.night, last.state) == (night(2, 5), "waiting")
    place.carry_out(device, trigger="per-exam")
    assert place.nights()[-1].state == "finished"


def test_another_hour_holds_from_the_next_contract_on(place: Place, clock: HeldClock) -> None:
    with place.database.transaction() as session:
        contracts.end(session, place.area, place.contracts()[0], night(2))
    place.agree(start=night(3), timing="nightly@23:30")
    clock.set(FIRST + 12 * HOUR)
    place.look()
    clock.set(FIRST + 23 * HOUR)
    place.look()
    assert [one.due_at for one in place.nights()] == [FIRST, datetime(2026, 4, 3, 14, 30, tzinfo=UTC)]


def test_a_facility_that_moves_to_another_zone_has_its_next_night_there(place: Place) -> None:
    place.move("Europe/Berlin")
    with place.database.read() as session:
        assert schedule.areas_to_make(session) == [place.area.area]
    place.look()
    assert [(one.night, one.due_at) for one in place.nights()] == [(night(2), datetime(2026, 4, 2, 0, 0, tzinfo=UTC))]


def test_a_server_that_was_off_for_days_finds_them_afterwards_and_tells_them_together(
    place: Place, clock: HeldClock
) -> None:
    clock.set(FIRST + 9 * DAY + 13 * HOUR)
    place.look()
    assert [state for _, state in place.states()] == ["missed"] * 10 + ["waiting"]
    assert place.told() == told("missed", 11, 10)


def test_a_clock_that_jumps_back_and_forth_makes_no_night_twice_and_tells_none_twice(
    place: Place, clock: HeldClock
) -> None:
    for at in (FIRST + 3 * DAY, FIRST - DAY, START, FIRST + 3 * DAY, FIRST, FIRST + 3 * DAY):
        clock.set(at)
        place.look()
    days = [one for one, _ in place.states()]
    assert days == sorted(set(days))
    assert place.told() == told("missed", 4, 3)


def test_while_a_contract_is_suspended_its_nights_are_asked_of_nobody(place: Place, clock: HeldClock) -> None:
    device = place.device("capture1")
    with place.database.transaction() as session:
        provider = replace(Scope.system(place.area.area), role=Role.ADMIN)
        running.suspend(session, provider, place.contracts()[0], "unpaid since February")
    with place.database.read() as session:
        assert [one.next_at for one in overview.of_area(session, place.area)] == [None]
    for hours in (4, 30, 48):
        clock.set(FIRST + hours * HOUR)
        place.look()
    assert place.due(device) is None
    assert place.states()[:3] == [(night(2), "off"), (night(3), "off"), (night(4), "off")]
    with place.database.transaction() as session:
        running.resume(session, provider, place.contracts()[0])
    place.look()
    clock.set(FIRST + 3 * DAY)
    assert place.due(device)
    place.carry_out(device)
    assert place.states()[3] == (night(5), "finished")
    with place.database.read() as session:
        assert not session.scalars(select(Notice.number).where(Notice.kind.startswith("backup."))).all()


def test_what_was_agreed_while_the_clock_was_ahead_has_its_nights_all_the_same(
    database: Database, clock: HeldClock
) -> None:
    clock.set(START + 60 * DAY)
    place = Place.made(database)
    place.agree()
    place.look()
    device = place.device("capture1")
    clock.set(START)
    place.look()
    assert place.nights()[0].due_at == FIRST
    clock.set(FIRST)
    assert place.due(device)
    place.carry_out(device)
    assert place.nights()[0].state == "finished"


def test_what_was_agreed_long_ago_does_not_owe_nights_that_nobody_kept(database: Database, clock: HeldClock) -> None:
    old = Place.made(database)
    old.agree()
    clock.forward(40 * DAY)
    old.look()
    assert [state for _, state in old.states()] == ["waiting"]


def test_devices_that_end_at_once_while_the_server_looks_leave_a_finished_night(place: Place, clock: HeldClock) -> None:
    clock.set(FIRST + DAY)
    stations = [place.device(f"capture{number}") for number in range(6)]
    for device in stations:
        place.carry_out(device, state="failed")
    clock.set(FIRST + 2 * DAY)
    place.look()

    def act(number: int) -> None:
        if number < len(stations):
            place.carry_out(stations[number])
        else:
            place.look()

    assert at_once(9, act) == [None] * 9
    place.look()
    found = [(one.state, one.made_good_at is not None) for one in place.nights()]
    assert found[:3] == [("missed", True), ("failed", True), ("finished", False)]


def test_nights_of_another_area_stay_as_they_are(place: Place, database: Database, clock: HeldClock) -> None:
    other = Place.made(database, code="midori")
    other.agree()
    clock.set(FIRST + 13 * HOUR)
    place.look()
    assert other.states() == []
    with database.read() as session:
        assert other.area.area in schedule.areas_to_make(session)
        assert judging.areas_to_judge(session, LIMITS) == []


@pytest.mark.parametrize("target", [ROOM, None])
def test_not_even_a_digest_of_a_patient_who_is_out_is_listed(
    place: Place, clock: HeldClock, target: str | None
) -> None:
    with place.database.transaction() as session:
        contracts.end(session, place.area, place.contracts()[0], night(1))
    place.agree(start=night(2), patients={"default": "in", "except": ["P-9"]})
    clock.set(FIRST)
    listed = [{"patient_id": "P-9", "performed_at": "2026-04-01T09:00:00Z", "digests": ["0" * 64]}]
    with pytest.raises(Invalid, match="opted_out"):
        place.begin(place.device("capture1", target), exams=listed)


@pytest.mark.parametrize(
    ("zone", "at", "from_", "moments"),
    [
        # New York, 2 a.m.: 07:00 UTC in winter, 06:00 in summer; on 8 March 02:00 does not exist and comes as 03:00.
        ("America/New_York", "02:00", "2026-03-06", ["07T07:00", "08T07:00", "09T06:00"]),
        ("America/New_York", "02:30", "2026-03-06", ["07T07:30", "08T07:30", "09T06:30"]),
        # On 1 November 01:30 comes twice, at 05:30 and 06:30: the first counts.
        ("America/New_York", "01:30", "2026-10-30", ["31T05:30", "01T05:30", "02T06:30"]),
        ("Europe/Berlin", "02:30", "2026-03-27", ["28T01:30", "29T01:30", "30T00:30"]),
        ("Europe/Berlin", "02:30", "2026-10-23", ["24T00:30", "25T00:30", "26T01:30"]),
    ],
)
def test_over_a_change_of_the_clocks_each_night_is_due_once(
    database: Database, clock: HeldClock, zone: str, at: str, from_: str, moments: list[str]
) -> None:
    clock.set(datetime.fromisoformat(f"{from_}T12:00+00:00"))
    place = Place.made(database, zone)
    place.agree(start=date(2026, 1, 1), timing=f"nightly@{at}")
    device = place.device("capture1")
    for _ in range(3 * 24 * 4):
        clock.forward(timedelta(minutes=15))
        place.look()
        if place.due(device):
            place.carry_out(device)
    done = [one for one in place.nights() if one.state == "finished"]
    assert [f"{one.due_at:%dT%H:%M}" for one in done] == moments
    assert place.told() == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(sorted(available_timezones())),
    start=st.dates(date(2012, 1, 1), date(2035, 1, 1)),
    days=st.integers(0, 30),
    at=st.times().map(lambda time: f"{time:%H:%M}"),
    jumps=st.lists(st.integers(-20 * 24, 20 * 24), max_size=8),
)
def test_in_any_zone_and_span_a_contract_has_one_due_run_a_night(
    database: Database, zone: str, start: date, days: int, at: str, jumps: list[int]
) -> None:
    with ExitStack() as stack:
        clock = HeldClock(stack)
        began = clock.set(datetime(start.year, start.month, start.day, tzinfo=UTC) - 2 * DAY)
        with database.transaction() as session:
            session.execute(delete(BackupRun))
            session.execute(delete(DueRun))
        place = Place.made(database, zone, code=ids.new())
        keeper = Place.made(database, code=ids.new())
        keeper.agree(start=start - 9 * DAY)
        keeper.look()
        place.agree(start=start, period="monthly", terms=0, timing=f"nightly@{at}")
        with database.transaction() as session:
            last = start + days * DAY
            contracts.end(session, place.area, place.contracts()[0], last)
        for hours in jumps:
            clock.forward(timedelta(hours=hours))
            place.look()
        clock.set(began + (days + 4) * DAY)
        place.look()
        assert [one.night for one in place.nights()] == [start + number * DAY for number in range(days + 1)]
