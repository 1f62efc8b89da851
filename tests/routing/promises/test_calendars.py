"""Calendars: public holidays with their substitutes, days that are free or worked besides, and what is none."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routing.promises import calendars
from routing.promises.models import WorkCalendar
from vault.base.errors import Invalid

OFFICE: dict[str, Any] = {"zone": "Asia/Tokyo", "country": "JP", "week": [[["09:00", "17:30"]]] * 5 + [[], []]}
TOKYO = ZoneInfo("Asia/Tokyo")


def due(start: str, hours: float, **more: Any) -> str:
    """When so many hours are worked since `start`, in Tokyo's time."""
    calendar = WorkCalendar(**calendars.checked(**{**OFFICE, **more}))
    begun = datetime.fromisoformat(start).replace(tzinfo=TOKYO)
    return f"{calendars.hours_of(calendar).add(begun, timedelta(hours=hours)).astimezone(TOKYO):%Y-%m-%d %H:%M}"


def test_japans_holidays_are_free_and_so_is_the_day_in_place_of_one_on_a_sunday() -> None:
    assert due("2027-03-19 16:30", 2) == "2027-03-23 10:00"
    assert date(2027, 3, 22) in calendars.public_holidays("JP", 2027)


def test_elsewhere_other_days_are_free() -> None:
    assert due("2026-12-24 16:30", 2, country="DE") == "2026-12-28 10:00"
    assert due("2026-12-24 16:30", 2, country="JP") == "2026-12-25 10:00"
    assert due("2027-03-19 16:30", 2, country="") == "2027-03-22 10:00"


def test_a_provider_closes_and_opens_on_days_of_its_own() -> None:
    assert due("2026-12-28 16:30", 2, closed=["2026-12-29", "2026-12-30", "2026-12-31"]) == "2027-01-04 10:00"
    assert due("2026-11-20 16:30", 2) == "2026-11-24 10:00"
    assert due("2026-11-20 16:30", 2, opened=["2026-11-23"]) == "2026-11-23 10:00"


def test_midnight_at_the_end_of_a_day_is_written_as_24() -> None:
    assert calendars.checked(**{**OFFICE, "week": [[["00:00", "24:00"]]] * 7})["week"][0] == [["00:00", "00:00"]]
    assert due("2026-11-28 23:00", 2, week=[[["00:00", "24:00"]]] * 7) == "2026-11-29 01:00"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("zone", {"zone": "Mars/Olympus"}),
        ("zone", {"zone": "../../etc/passwd"}),
        ("country", {"country": "XX"}),
        ("week", {"week": []}),
        ("week", {"week": [[]] * 7}),
        ("week", {"week": "always"}),
        ("week", {"week": [[["9 o'clock", "17:30"]]] * 7}),
        ("week", {"week": [[["09:00"]]] * 7}),
        ("week", {"week": [[["09:00:30", "17:30"]]] * 7}),
        ("week", {"week": [[["17:30", "09:00"]]] * 7}),
        ("week", {"week": [[["09:00", "12:00"], ["11:00", "13:00"]]] * 7}),
        ("week", {"week": [[["01:00", "02:00"]] * 7] * 7}),
        ("closed", {"closed": ["29 December"]}),
        ("opened", {"opened": ["2026-02-30"]}),
        ("closed", {"closed": [f"{year}-01-01" for year in range(2000, 3001)]}),
    ],
)
def test_what_is_no_calendar_is_named(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        calendars.checked(**{**OFFICE, **values})
    assert refused.value.field == field
