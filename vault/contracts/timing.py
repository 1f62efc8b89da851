"""When a backup runs: nightly at a set time, after each exam, simultaneously with saving, or on demand."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
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

    def next_run(self, after: datetime, zone: str) -> datetime | None:
        """The first nightly run later than `after` (aware), in `zone`; None where no clock starts the runs."""
        if self.at is None:
            return None
        local = after.astimezone(ZoneInfo(zone))
        run = datetime.combine(local.date(), self.at, local.tzinfo)
        return run if run > after else datetime.combine(local.date() + timedelta(days=1), self.at, local.tzinfo)
