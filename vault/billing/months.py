"""Civil months, as they are closed."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from vault.base.errors import Invalid

_FORM = re.compile(r"([1-9]\d{3})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """A civil month; written 2026-04."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """`YYYY-MM`; Invalid for anything else."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise Invalid("month", field="month")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that holds the day."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, monthrange(self.year, self.number)[1])

    @property
    def following(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)
