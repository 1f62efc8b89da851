"""Time comes from one place, and ids follow it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import at_once
from vault.base import clock as clock_
from vault.base import ids


def test_the_present_is_aware_and_in_utc() -> None:
    assert clock_.now().utcoffset() == timedelta(0)


def test_a_frozen_clock_stands_still_and_blocks_nest() -> None:
    outer, inner = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    with clock_.frozen(outer):
        with clock_.frozen(inner):
            assert clock_.now() == inner
            assert clock_.now().tzinfo is UTC
        assert clock_.now() == outer


def test_a_naive_time_cannot_be_the_present() -> None:
    with pytest.raises(ValueError, match="aware"), clock_.frozen(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass


def test_the_civil_date_is_that_of_the_zone(clock: HeldClock) -> None:
    clock.set(datetime(2026, 3, 31, 16, 0, tzinfo=UTC))
    assert clock_.today("Asia/Tokyo").isoformat() == "2026-04-01"
    assert clock_.today("America/New_York").isoformat() == "2026-03-31"


def test_a_shifted_clock_runs_on() -> None:
    before = clock_.now()
    clock_.set_shift(timedelta(days=3))
    try:
        assert timedelta(days=3) <= clock_.now() - before < timedelta(days=3, minutes=1)
    finally:
        clock_.set_shift(timedelta(0))


def test_ids_are_26_letters_and_never_the_same() -> None:
    made = [ids.new() for _ in range(5000)]
    assert len(set(made)) == len(made)
    assert {len(each) for each in made} == {ids.LENGTH}
    assert set("".join(made)) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_ids_sort_as_they_were_made_also_within_a_millisecond(clock: HeldClock) -> None:
    made = [ids.new() for _ in range(500)]
    clock.forward(timedelta(milliseconds=1))
    made += [ids.new() for _ in range(500)]
    assert made == sorted(made)


def test_ids_of_many_threads_are_all_different(clock: HeldClock) -> None:
    made = at_once(8, lambda _: [ids.new() for _ in range(300)])
    flat = [each for some in made if isinstance(some, list) for each in some]
    assert len(flat) == len(set(flat)) == 2400
