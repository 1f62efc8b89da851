"""Hours of work: nights, week-ends and holidays do not count, and adding and measuring agree."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from routing.promises.hours import MIDNIGHT, Hours, Span
from vault.base.errors import Invalid

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
NINE, NOON, ONE, HALF_PAST_FIVE = time(9), time(12), time(13), time(17, 30)
OFFICE: list[list[Span]] = [[(NINE, HALF_PAST_FIVE)]] * 5 + [[], []]
WITH_LUNCH: list[list[Span]] = [[(NINE, NOON), (ONE, HALF_PAST_FIVE)]] * 5 + [[(NINE, NOON)], []]
ALL_HOURS: list[list[Span]] = [[(MIDNIGHT, MIDNIGHT)]] * 7


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("filed", "hours", "due"),
    [
        ("2026-11-24 10:00", 4, "2026-11-24 14:00"),
        ("2026-11-24 16:30", 4, "2026-11-25 12:00"),
        ("2026-11-24 20:00", 4, "2026-11-25 13:00"),
        ("2026-11-24 06:00", 8.5, "2026-11-24 17:30"),
        ("2026-11-27 16:30", 4, "2026-11-30 12:00"),
        ("2026-11-28 11:00", 1, "2026-11-30 10:00"),
        ("2026-11-24 10:00", 0, "2026-11-24 10:00"),
    ],
)
def test_a_promise_of_hours_passes_nights_and_week_ends_by(filed: str, hours: float, due: str) -> None:
    assert Hours(TOKYO, OFFICE).add(tokyo(filed), timedelta(hours=hours)) == tokyo(due)


def test_a_closed_day_is_passed_by() -> None:
    labour_thanksgiving = {date(2026, 11, 23)}
    hours = Hours(TOKYO, OFFICE, labour_thanksgiving.__contains__)
    assert hours.add(tokyo("2026-11-20 16:30"), timedelta(hours=4)) == tokyo("2026-11-24 12:00")
    assert hours.between(tokyo("2026-11-20 16:30"), tokyo("2026-11-24 12:00")) == timedelta(hours=4)


def test_what_is_filed_at_noon_waits_until_after_lunch() -> None:
    hours = Hours(TOKYO, WITH_LUNCH)
    assert hours.add(tokyo("2026-11-24 11:30"), timedelta(hours=1)) == tokyo("2026-11-24 13:30")


def test_round_the_clock_is_any_clock() -> None:
    filed = tokyo("2026-11-28 23:30")
    assert Hours(TOKYO, ALL_HOURS).add(filed, timedelta(hours=4)) == filed + timedelta(hours=4)


def test_a_night_shift_over_a_change_of_the_clock_is_as_long_as_it_is() -> None:
    """The night of 25 October 2026 has an hour more in Berlin, that of 29 March 2026 one less."""
    hours = Hours(BERLIN, [[(time(0), time(6))]] * 7)

    def night(day: int, month: int) -> timedelta:
        start = datetime(2026, month, day, tzinfo=BERLIN)
        return hours.between(start, start + timedelta(hours=12))

    assert (night(25, 10), night(29, 3), night(1, 3)) == tuple(timedelta(hours=count) for count in (7, 5, 6))


@pytest.mark.parametrize("work", [timedelta(minutes=1), timedelta(hours=60), timedelta(days=90)])
def test_however_few_the_hours_are_it_is_due_within_a_year_and_no_sooner_than_with_more(work: timedelta) -> None:
    filed, year_on = tokyo("2026-11-24 10:00"), tokyo("2027-11-25 10:00")
    one_hour_a_week: list[list[Span]] = [[(NINE, time(10))], *[[]] * 6]
    assert Hours(TOKYO, OFFICE, lambda day: True).add(filed, work) == year_on
    assert Hours(TOKYO, OFFICE).add(filed, work) <= Hours(TOKYO, one_hour_a_week).add(filed, work) <= year_on


@pytest.mark.parametrize(
    "week",
    [
        [[]] * 7,
        OFFICE[:5],
        [[(HALF_PAST_FIVE, NINE)], *OFFICE[1:]],
        [[(NINE, ONE), (NOON, HALF_PAST_FIVE)], *OFFICE[1:]],
        [[(NINE, NINE)], *OFFICE[1:]],
    ],
)
def test_a_week_without_hours_or_with_spans_that_overlap_is_none(week: list[list[Span]]) -> None:
    with pytest.raises(Invalid):
        Hours(TOKYO, week)


START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = some.timedeltas(timedelta(0), timedelta(days=700)).map(lambda passed: START + passed)
WORK = some.timedeltas(timedelta(0), timedelta(hours=200))
ANY_HOURS = some.builds(
    Hours,
    zone=some.sampled_from([TOKYO, BERLIN, ZoneInfo("America/Sao_Paulo")]),
    week=some.sampled_from([OFFICE, WITH_LUNCH, ALL_HOURS]),
    closed=some.sets(some.dates(date(2026, 1, 1), date(2028, 1, 1)), max_size=40).map(lambda days: days.__contains__),
)


@given(hours=ANY_HOURS, start=MOMENTS, work=WORK)
def test_what_was_added_is_what_is_measured(hours: Hours, start: datetime, work: timedelta) -> None:
    assert hours.between(start, hours.add(start, work)) == work


@given(hours=ANY_HOURS, start=MOMENTS, first=WORK, second=WORK)
def test_two_pieces_of_work_end_when_both_together_do(
    hours: Hours, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert hours.add(hours.add(start, first), second) == hours.add(start, first + second)


@given(hours=ANY_HOURS, start=MOMENTS, later=WORK, work=WORK)
def test_what_comes_later_is_due_no_earlier(hours: Hours, start: datetime, later: timedelta, work: timedelta) -> None:
    assert hours.add(start, work) <= hours.add(start + later, work)
