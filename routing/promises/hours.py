"""Arithmetic in hours of work: how much of them lies between two moments, and when so much of them has passed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from vault.base.errors import Invalid

Span = tuple[time, time]
"""From when to when somebody works on a day, in the zone's civil time."""

MIDNIGHT = time(0, 0)
"""As the end of a span it is the end of that day."""
_HORIZON_DAYS = 366
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """
    Hours of work: the spans of each weekday (Monday first) in `zone`, but for days that are `closed`.

    Raises Invalid (`working_week`) unless there are seven days, their spans in order and apart, and one at least.
    """

    zone: ZoneInfo
    week: Sequence[Sequence[Span]]
    closed: Callable[[date], bool] = lambda day: False

    def __post_init__(self) -> None:
        if len(self.week) != len("MTWTFSS") or not any(self.week):
            raise Invalid("working_week", field="week")
        for spans in self.week:
            edges = [edge for start, end in spans for edge in (_minutes(start), _minutes(end) or 24 * 60)]
            if any(later <= earlier for earlier, later in pairwise(edges)):
                raise Invalid("working_week", field="week")

    def add(self, start: datetime, work: timedelta) -> datetime:
        """
        The moment at which `work` has been worked since `start`; `start` itself for none.

        At the latest a year on, however few the hours are.
        """
        if work <= timedelta(0):
            return start
        left = work
        for begin, end in self._open_from(start):
            if left <= end - begin:
                return min(begin + left, start + timedelta(days=_HORIZON_DAYS))
            left -= end - begin
        return start + timedelta(days=_HORIZON_DAYS)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much is worked from `start` to `end`; nothing where `end` comes first."""
        total = timedelta(0)
        for begin, until in self._open_from(start, end):
            total += max(timedelta(0), min(until, end) - begin)
        return total

    def _open_from(self, start: datetime, end: datetime | None = None) -> Iterator[tuple[datetime, datetime]]:
        """The open spans after `start` as moments in UTC, of the following year or until `end`."""
        day = start.astimezone(self.zone).date()
        last = day + timedelta(days=_HORIZON_DAYS) if end is None else end.astimezone(self.zone).date()
        while day <= last:
            if not self.closed(day):
                for opens, closes in self.week[day.weekday()]:
                    begin, until = self._moment(day, opens), self._end(day, closes)
                    if until > start:
                        yield max(begin, start.astimezone(UTC)), until
            day += _DAY

    def _end(self, day: date, closes: time) -> datetime:
        return self._moment(day + _DAY, MIDNIGHT) if closes == MIDNIGHT else self._moment(day, closes)

    def _moment(self, day: date, at: time) -> datetime:
        # Through UTC, so that a span over a change of the clock is as long as it really is.
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
