"""When a backup runs: nightly at a set time, after each exam, simultaneously with saving, or on demand."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from vault.base.errors import Invalid

_NIGHTLY = re.compile(r"nightly@([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class Occasion(StrEnum):
    """What starts a run."""

    NIGHTLY = "nightly"
    PER_EXAM = "per-exam"
    SIMULTANEOUS = "simultaneous"
    ON_DEMAND = "on-demand"


@dataclass(frozen=True)
class Timing:
    """An occasion; `at` is the facility's local time of a nightly run, None for every other occasion."""

    occasion: Occasion
    at: time | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`nightly@02:00`, `per-exam`, `simultaneous` or `on-demand`; Invalid for anything else."""
        nightly = _NIGHTLY.fullmatch(text)
        if nightly:
            return cls(Occasion.NIGHTLY, time(int(nightly[1]), int(nightly[2])))
        if text in (Occasion.PER_EXAM, Occasion.SIMULTANEOUS, Occasion.ON_DEMAND):
            return cls(Occasion(text))
        raise Invalid("timing", field="timing", known="nightly@HH:MM, per-exam, simultaneous, on-demand")

    def __str__(self) -> str:
        return f"{self.occasion.value}@{self.at:%H:%M}" if self.at else self.occasion.value

    def due_on(self, night: date, zone: str) -> datetime | None:
        """
        When the run of that civil date is due, in UTC; None where no clock starts the runs, and on a date that `zone`
        left out when it crossed the date line.

        A time that the clock skips comes as much later as the clock jumps; of one that comes twice the first counts.
        """
        if self.at is None:
            return None
        due, next_due = (_moment(day, self.at, zone) for day in (night, night + timedelta(days=1)))
        return due if due < next_due else None

    def next_night(self, after: datetime, zone: str) -> tuple[date, datetime] | None:
        """The first night whose run is due later than `after` (aware), and when; None where no clock starts runs."""
        if self.at is None:
            return None
        # A time that the clock skips may fall on the next date: the night before today's can still be to come.
        night = after.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
        while (due := self.due_on(night, zone)) is None or due <= after:
            night += timedelta(days=1)
        return night, due

    def last_night(self, now: datetime, zone: str) -> tuple[date, datetime] | None:
        """The last night whose run was due by `now` (aware), and when; None where no clock starts the runs."""
        if self.at is None:
            return None
        night = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
        while (due := self.due_on(night, zone)) is None or due > now:
            night -= timedelta(days=1)
        return night, due

    def next_run(self, after: datetime, zone: str) -> datetime | None:
        """When the first nightly run later than `after` is due, in UTC; None where no clock starts the runs."""
        found = self.next_night(after, zone)
        return None if found is None else found[1]


def _moment(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
