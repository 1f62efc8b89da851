"""A nightly run is due once a night by the facility's own clock, whatever that clock does."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture_client.backup.plan import last_at
from vault.contracts.timing import Timing

NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"
ZONES = sorted(available_timezones())
DAY = timedelta(days=1)

# Worked out by hand: New York is UTC-5 in winter and UTC-4 in summer, from 8 March 2026 (02:00 becomes 03:00) to
# 1 November (02:00 becomes 01:00); Berlin is UTC+1 and UTC+2, from 29 March (02:00 becomes 03:00) to 25 October (03:00
# becomes 02:00).
BY_HAND = [
    (NEW_YORK, "02:30", "2026-03-07", "07:30"),
    (NEW_YORK, "02:30", "2026-03-08", "07:30"),  # does not exist: 03:30 by the clock, an hour later as the clock is
    (NEW_YORK, "02:30", "2026-03-09", "06:30"),
    (NEW_YORK, "02:00", "2026-03-08", "07:00"),  # the first moment that does not exist
    (NEW_YORK, "01:59", "2026-03-08", "06:59"),
    (NEW_YORK, "03:00", "2026-03-08", "07:00"),
    (NEW_YORK, "01:30", "2026-10-31", "05:30"),
    (NEW_YORK, "01:30", "2026-11-01", "05:30"),  # exists twice: the first
    (NEW_YORK, "01:30", "2026-11-02", "06:30"),
    (NEW_YORK, "02:00", "2026-11-01", "07:00"),
    (BERLIN, "02:30", "2026-03-28", "01:30"),
    (BERLIN, "02:30", "2026-03-29", "01:30"),
    (BERLIN, "02:30", "2026-03-30", "00:30"),
    (BERLIN, "02:30", "2026-10-24", "00:30"),
    (BERLIN, "02:30", "2026-10-25", "00:30"),
    (BERLIN, "02:30", "2026-10-26", "01:30"),
    ("Asia/Tokyo", "02:00", "2026-03-08", "17:00-1"),
]


@pytest.mark.parametrize(("zone", "at", "night", "utc"), BY_HAND)
def test_summer_time_comes_and_goes_and_a_night_has_its_run(zone: str, at: str, night: str, utc: str) -> None:
    clock_time, _, before = utc.partition("-")
    due = datetime.fromisoformat(f"{night}T{clock_time}+00:00") - DAY * bool(before)
    assert Timing.parse(f"nightly@{at}").due_on(date.fromisoformat(night), zone) == due


def test_a_date_that_the_zone_left_out_has_no_night() -> None:
    """Samoa went from 29 to 31 December 2011."""
    timing = Timing.parse("nightly@02:00")
    around = {day: timing.due_on(date(2011, 12, day), "Pacific/Apia") for day in (29, 30, 31)}
    assert around[30] is None
    assert around[29] == datetime(2011, 12, 29, 12, 0, tzinfo=UTC)
    assert around[31] == datetime(2011, 12, 30, 12, 0, tzinfo=UTC)


def test_a_skipped_time_before_midnight_is_still_that_nights() -> None:
    """In Toronto 23:30 of 30 March 1919 became 00:30 of the 31st."""
    timing, before = Timing.parse("nightly@23:45"), datetime(1919, 3, 31, 4, 40, tzinfo=UTC)
    assert timing.next_night(before, "America/Toronto") == (date(1919, 3, 30), datetime(1919, 3, 31, 4, 45, tzinfo=UTC))


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(1990, 1, 1), date(2035, 12, 1)),
    nights=st.integers(1, 400),
    at=st.times().map(lambda time: f"{time:%H:%M}"),
)
def test_in_any_zone_each_date_that_there_is_has_one_night_and_they_follow_each_other(
    zone: str, first: date, nights: int, at: str
) -> None:
    timing = Timing.parse(f"nightly@{at}")
    dates = [first + DAY * number for number in range(nights)]
    due = {night: found for night in dates if (found := timing.due_on(night, zone)) is not None}
    assert list(due.values()) == sorted(set(due.values()))
    noons = (datetime(night.year, night.month, night.day, 12, tzinfo=ZoneInfo(zone)) for night in dates)
    there = {noon.astimezone(UTC).astimezone(ZoneInfo(zone)).date() for noon in noons}
    assert due.keys() == there & set(dates)
    for night, moment in due.items():
        shown = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert abs(shown - datetime.combine(night, time.fromisoformat(at))) < DAY / 12


@given(
    zone=st.sampled_from(ZONES),
    after=st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    at=st.times().map(lambda time: f"{time:%H:%M}"),
)
def test_in_any_zone_the_next_run_is_the_first_after_now(zone: str, after: datetime, at: str) -> None:
    timing = Timing.parse(f"nightly@{at}")
    found = timing.next_night(after, zone)
    assert found is not None
    night, due = found
    assert due > after
    earlier = [timing.due_on(night - DAY * back, zone) for back in (1, 2, 3)]
    assert all(one <= after for one in earlier if one is not None)


@given(
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    at=st.times().map(lambda time: f"{time:%H:%M}"),
)
def test_the_device_s_clock_keeps_the_same_nights(zone: str, now: datetime, at: str) -> None:
    last = last_at(at, ZoneInfo(zone), now)
    following = Timing.parse(f"nightly@{at}").next_run(last, zone)
    assert last <= now
    assert following is not None
    assert now < following
    assert Timing.parse(f"nightly@{at}").next_run(last - timedelta(seconds=1), zone) == last


def test_the_hour_that_comes_twice_starts_one_run() -> None:
    """In the night of 1 November 01:45 comes at 05:45 and 06:45 UTC; the run of 05:45 stays the last one all along."""
    for minutes in range(0, 120, 5):
        now = datetime(2026, 11, 1, 5, 45, tzinfo=UTC) + timedelta(minutes=minutes)
        assert last_at("01:45", ZoneInfo(NEW_YORK), now) == datetime(2026, 11, 1, 5, 45, tzinfo=UTC)
