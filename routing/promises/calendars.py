"""Calendars: a week of hours, the public holidays of a country, and days that are otherwise free or worked."""

from collections.abc import Iterable, Sequence
from datetime import date, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from routing.promises.hours import Hours, Span
from routing.promises.models import WorkCalendar
from vault.base.errors import Invalid

MOST_DAYS = 1000
MOST_SPANS = 6
EVERY_HOUR: Sequence[Sequence[Span]] = [[(time(0), time(0))]] * 7


def hours_of(calendar: WorkCalendar) -> Hours:
    """The hours that a calendar describes."""
    closed, opened = frozenset(calendar.closed), frozenset(calendar.opened)
    country = calendar.country

    def is_free(day: date) -> bool:
        written = day.isoformat()
        return written not in opened and (written in closed or day in public_holidays(country, day.year))

    week = [[(time.fromisoformat(start), time.fromisoformat(end)) for start, end in spans] for spans in calendar.week]
    return Hours(ZoneInfo(calendar.zone), week, is_free)


@lru_cache(maxsize=256)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country (ISO 3166 code) in a year, substitutes included; none for no country."""
    return frozenset(holidays.country_holidays(country, years=year)) if country else frozenset()


def countries() -> list[str]:
    """The countries whose holidays are known, by code."""
    return sorted(code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == len("JP"))


def checked(
    *, zone: str, country: str, week: Any, closed: Iterable[str] = (), opened: Iterable[str] = ()
) -> dict[str, Any]:
    """
    What a calendar may be made of, in the form of its columns.

    Raises Invalid naming `zone`, `country`, `week`, `closed` or `opened`.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise Invalid("zone", field="zone") from problem
    if country and country not in countries():
        raise Invalid("country", field="country")
    spans = _week(week)
    Hours(ZoneInfo(zone), spans)
    written = [[[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in day] for day in spans]
    return {
        "zone": zone,
        "country": country,
        "week": written,
        "closed": _days(closed, "closed"),
        "opened": _days(opened, "opened"),
    }


def _week(week: Any) -> list[list[Span]]:
    if not isinstance(week, list) or not all(isinstance(day, list) and len(day) <= MOST_SPANS for day in week):
        raise Invalid("working_week", field="week")
    try:
        return [[(_time(start), _time(end)) for start, end in day] for day in week]
    except (TypeError, ValueError) as problem:
        raise Invalid("working_week", field="week") from problem


def _time(text: str) -> time:
    """A time of day; 24:00 is the midnight at its end."""
    found = time(0) if text == "24:00" else time.fromisoformat(text)
    if found.second or found.microsecond or found.tzinfo:
        raise ValueError(text)
    return found


def _days(days: Iterable[str], field: str) -> list[str]:
    try:
        found = sorted({date.fromisoformat(day).isoformat() for day in days})
    except ValueError as problem:
        raise Invalid("not_a_day", field=field) from problem
    if len(found) > MOST_DAYS:
        raise Invalid("too_many_days", field=field, limit=MOST_DAYS)
    return found
