"""Consumption tax: which rate holds on a day, and the tax of a document, rounded once for each rate."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

JAPAN = {date(1989, 4, 1): 3, date(1997, 4, 1): 5, date(2014, 4, 1): 8, date(2019, 10, 1): 10}
"""Percent of the standard rate, from the day on which it came into force."""


@dataclass(frozen=True)
class Rates:
    """
    Percent by the day from which it holds.

    The rate of a line is that of the term's first day: on that day the fee of the whole term falls due, and a later
    change of the law does not reach back to what was sold whole before it. A credit has the rate of what it credits.
    """

    since: Mapping[date, int]

    @classmethod
    def of(cls, further: Mapping[date, int]) -> "Rates":
        """Japan's rates, and what the settings add or say otherwise."""
        return cls({**JAPAN, **further})

    def on(self, day: date) -> int:
        """The percentage on that day; 0 before the first that is known."""
        days = sorted(self.since)
        place = bisect_right(days, day)
        return self.since[days[place - 1]] if place else 0


@dataclass(frozen=True)
class Taxed:
    """What a document holds at one rate: the sum without tax, and the tax on it."""

    rate: int
    base: int
    tax: int

    def values(self) -> dict[str, Any]:
        """As it is stored and shown."""
        return {"rate": self.rate, "base": self.base, "tax": self.tax}


def taxed(amounts: Iterable[tuple[int, int]]) -> list[Taxed]:
    """Of (rate, amount): one row a rate, the highest first; the tax is rounded down, once on each rate's sum."""
    sums: dict[int, int] = {}
    for rate, amount in amounts:
        sums[rate] = sums.get(rate, 0) + amount
    return [Taxed(rate, base, base * rate // 100) for rate, base in sorted(sums.items(), reverse=True) if base]
