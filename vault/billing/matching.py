"""Which open invoices a line of the bank is likely for, why, and whether that is sure. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vault.billing.bank_values import folded

_NUMBER = re.compile(r"KI\W?0*(\d{1,9})(?!\d)")


class Why(StrEnum):
    """What speaks for it."""

    NUMBER = "number"
    PAYER = "payer"
    NAME = "name"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Owing:
    """An invoice on which something is open."""

    id: str
    number: int
    facility_id: str
    facility: str
    due_on: date
    outstanding: int


@dataclass(frozen=True)
class Proposal:
    """The invoices, the longest due first. `sure`: number or known payer, and the amount is theirs to the yen."""

    invoices: tuple[Owing, ...]
    why: Why
    sure: bool

    @property
    def sum(self) -> int:
        return sum(one.outstanding for one in self.invoices)


@dataclass(frozen=True)
class Known:
    """The areas that a payer has paid for before, and those whose name is the payer's; by the payer's key."""

    payers: Mapping[str, Collection[str]]
    names: Mapping[str, Collection[str]]


def propose(amount: int, text: str, payer_key: str, owing: Sequence[Owing], known: Known) -> Proposal | None:
    """For a line over `amount` whose payer and reference are `text`; None where nothing speaks for any invoice."""
    numbers = {int(found) for found in _NUMBER.findall(folded(text).upper())}
    if named := [one for one in owing if one.number in numbers]:
        exact = len(named) == len(numbers) and sum(one.outstanding for one in named) == amount
        return _proposal(named, Why.NUMBER, exact)
    for places, why in ((known.payers.get(payer_key, ()), Why.PAYER), (known.names.get(payer_key, ()), Why.NAME)):
        theirs = sorted((one for one in owing if one.facility_id in places), key=lambda one: (one.due_on, one.number))
        if theirs:
            found, exact = _fitting(amount, theirs)
            return _proposal(found, why, exact and why is Why.PAYER and len(places) == 1)
    same = [one for one in owing if one.outstanding == amount]
    return _proposal(same, Why.AMOUNT, sure=False) if len(same) == 1 else None


def _fitting(amount: int, theirs: list[Owing]) -> tuple[list[Owing], bool]:
    """One of that amount, or all, or the oldest as far as the amount goes; True where no other reading fits as well."""
    same = [one for one in theirs if one.outstanding == amount]
    if same:
        return same[:1], len(same) == 1
    if sum(one.outstanding for one in theirs) == amount:
        return theirs, True
    taken: list[Owing] = []
    for one in theirs:
        if sum(earlier.outstanding for earlier in taken) >= amount:
            break
        taken.append(one)
    return taken, False


def _proposal(found: Sequence[Owing], why: Why, sure: bool) -> Proposal:
    return Proposal(tuple(sorted(found, key=lambda one: (one.due_on, one.number))), why, sure)
