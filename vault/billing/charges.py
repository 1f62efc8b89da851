"""Which terms of a contract are charged, and what a term cut short is credited: pure rules on civil dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from vault.contracts.money import Yen
from vault.contracts.points import charge, points_of, terms_a_line
from vault.contracts.terms import Period, Terms

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Charge:
    """One line of an invoice: all years of an annual contract (number 0), or one month of another."""

    number: int
    first_day: date
    last_day: date
    points: int
    term: int
    unit_price: Yen

    @property
    def amount(self) -> Yen:
        """The whole fee, whatever happens to the contract later: what is not used is credited."""
        return charge(self.points, self.term, self.unit_price)


def charges(terms: Terms, ends_on: date | None, *, first: int, through: date) -> Iterator[Charge]:
    """
    The charges from number `first` on whose first day is not after `through` nor after the contract's own end.

    Each term begins on the corresponding day and lasts until the eve of the next one's; the last that was agreed lasts
    until the contract's end. So the terms of a contract are its days, each once.

    A contract that is ended with the last of a month too short for its day ends with the term that runs, as the Civil
    Code has it: that day is a line of no term, so of no fee.
    """
    points, number = points_of(terms.period), first
    while not _all_charged(terms, number):
        first_day = terms.first_day(number)
        if first_day > through or (ends_on is not None and first_day > ends_on):
            return
        if number and first_day == ends_on and first_day.day < terms.start.day:
            yield Charge(number, first_day, first_day, points, 0, terms.unit_price)
            return
        yield Charge(number, first_day, _last_day(terms, number), points, terms_a_line(terms), terms.unit_price)
        number += 1


def _all_charged(terms: Terms, number: int) -> bool:
    lines = 1 if terms.period is Period.ANNUAL else terms.terms
    return lines > 0 and number >= lines


def _last_day(terms: Terms, number: int) -> date:
    if terms.end is not None and (terms.period is Period.ANNUAL or number == terms.terms - 1):
        return terms.end
    return terms.first_day(number + 1) - _DAY


@dataclass(frozen=True)
class Unused:
    """The days of a charged term on which its contract no longer holds."""

    first_day: date
    last_day: date
    of_days: int

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    def credit(self, amount: Yen) -> Yen:
        """
        Fee × unused days ÷ days of the term.

        What stays charged is rounded down to whole yen, as is usual in Japan; so the credit is rounded up, in the
        facility's favour, and a term of which no day was used is credited whole.
        """
        used = self.of_days - self.days
        return Yen(amount.amount - amount.amount * used // self.of_days)


def unused(first_day: date, last_day: date, ends_on: date | None) -> Unused | None:
    """What is left of a charged term after the contract's end; None where it was used up."""
    if ends_on is None or ends_on >= last_day:
        return None
    return Unused(max(first_day, ends_on + _DAY), last_day, (last_day - first_day).days + 1)
