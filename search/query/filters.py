"""The parameters of a search, as they come from an address or a form, put into one Query."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from search.engine.port import Kind, Query, Sort
from search.engine.tree import Everything
from search.query.parsing import parse
from vault.base.errors import Invalid

MOST = 200
"""Items of one page."""
FARTHEST = 10_000
"""Items that can be paged through; whoever wants more narrows the question."""

Choice = TypeVar("Choice", bound=StrEnum)


def build(
    *,
    q: str = "",
    facility: Iterable[str] = (),
    kind: Iterable[str] = (),
    since: str = "",
    until: str = "",
    sort: str = "",
    limit: int = 20,
    offset: int = 0,
    zone: str = "Asia/Tokyo",
) -> Query:
    """
    One question from its parameters; empty ones do not narrow it.

    `facility` holds codes. `since` and `until` are RFC 3339 times, or civil dates in `zone`, both included.
    An empty `q` lists by date. Invalid names the parameter that is wrong.
    """
    tree = parse(q)
    _check_page(limit, offset)
    by_default = Sort.DATE if tree == Everything() else Sort.SCORE
    return Query(
        tree=tree,
        facilities=frozenset(code for code in facility if code),
        kinds=frozenset(_choice(Kind, value, "kind") for value in kind if value),
        start=moment(since, "from", zone, timedelta(0)),
        end=moment(until, "to", zone, timedelta(days=1)),
        sort=_choice(Sort, sort, "sort") if sort else by_default,
        limit=limit,
        offset=offset,
    )


def _choice(choices: type[Choice], value: str, field: str) -> Choice:
    try:
        return choices(value)
    except ValueError:
        raise Invalid("unknown_choice", field=field, known=[choice.value for choice in choices]) from None


def _check_page(limit: int, offset: int) -> None:
    if not 1 <= limit <= MOST:
        raise Invalid("limit", field="limit", most=MOST)
    if not 0 <= offset <= FARTHEST:
        raise Invalid("offset", field="offset", most=FARTHEST)


def moment(value: str, field: str, zone: str, after_date: timedelta) -> datetime | None:
    """A time as it is; of a civil date its beginning, later by `after_date`."""
    if not value:
        return None
    try:
        if len(value) == len("2026-11-23"):
            return datetime.combine(date.fromisoformat(value) + after_date, time(), ZoneInfo(zone))
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise Invalid("not_a_time", field=field) from None
    if moment.tzinfo is None:
        raise Invalid("time_without_zone", field=field)
    return moment
