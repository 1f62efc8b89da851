"""Whatever devices, clocks and the server do in whatever order: a night is one, and what was told is told once."""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from tests.services.clock import HeldClock
from tests.vault.backup.nights import Place
from vault.backup.models import BackupRun, DueRun
from vault.base import clock as present
from vault.base import ids, jobs
from vault.base.database import Database
from vault.base.notices import Notice
from vault.base.scope import Scope

HOUR = timedelta(hours=1)
ACTS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("jump"), st.integers(-60, 60)),
    st.tuples(st.just("look"), st.just(0)),
    st.tuples(st.just("begin"), st.integers(0, 1)),
    st.tuples(st.just("finish"), st.integers(0, 1)),
    st.tuples(st.just("fail"), st.integers(0, 1)),
    st.tuples(st.just("part"), st.integers(0, 1)),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=40))
def test_what_was_found_of_a_night_stays_and_is_told_once(database: Database, acts: list[tuple[str, int]]) -> None:
    with ExitStack() as stack:
        clock = HeldClock(stack)
        place = _fresh(database, clock)
        devices = [place.device(ids.new()) for _ in range(2)]
        running: dict[int, str] = {}
        settled: dict[str, str] = {}
        for act, value in acts:
            _do(place, clock, devices, running, act, value)
            for row in place.nights():
                if row.finished_at or row.over_at:
                    assert settled.setdefault(row.id, row.state) == row.state
                assert (row.state == "finished") == (row.finished_at is not None)
                assert (row.over_at is None) or row.state in ("missed", "failed")
        nights = [row.night for row in place.nights()]
        assert nights == sorted(set(nights))
        told = Counter((audience, kind, night) for audience, kind, night, _ in place.told())
        assert set(told.values()) <= {1}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=25))
def test_once_every_device_has_done_its_part_nothing_stays_open(
    database: Database, acts: list[tuple[str, int]]
) -> None:
    with ExitStack() as stack:
        clock = HeldClock(stack)
        place = _fresh(database, clock)
        devices = [place.device(ids.new()) for _ in range(2)]
        running: dict[int, str] = {}
        for act, value in acts:
            _do(place, clock, devices, running, act, value)
        clock.set(datetime(2026, 8, 1, 18, 0, tzinfo=UTC))
        for device in devices:
            place.carry_out(device)
        place.look()
        assert [place.due(device) for device in devices] == [None, None]
        past = [row for row in place.nights() if row.due_at <= present.now()]
        assert all(row.finished_at or row.made_good_at for row in past)


def _fresh(database: Database, clock: HeldClock) -> Place:
    with database.transaction() as session:
        for table in (BackupRun, DueRun, Notice, jobs.Job):
            session.execute(delete(table))
    clock.set(datetime(2026, 4, 1, 0, 0, tzinfo=UTC))
    place = Place.made(database, code=ids.new())
    place.agree()
    place.look()
    return place


def _do(place: Place, clock: HeldClock, devices: list[Scope], running: dict[int, str], act: str, value: int) -> None:
    if act in ("wait", "jump"):
        clock.forward(value * HOUR)
    elif act == "look":
        place.look()
    elif act == "begin":
        running[value] = place.begin(devices[value])
    elif act == "part":
        place.carry_out(devices[value], part=1, parts=2)
    elif value in running:
        place.end(devices[value], running.pop(value), "finished" if act == "finish" else "failed")
