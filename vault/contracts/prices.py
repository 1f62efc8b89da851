"""What a point costs by what is chosen, as pure rules: the class, more capacity, more cases, more copies on media."""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from vault.base.errors import Invalid
from vault.contracts.money import Yen
from vault.contracts.terms import BASE_CASES, MORE_CASES

GREATEST_PRICE = 10**8
MOST_COPIES = 24


class ServiceClass(StrEnum):
    """Economy is space alone; Deluxe also has the area copied to discs, so many times a term."""

    ECONOMY = "economy"
    DELUXE = "deluxe"


@dataclass(frozen=True)
class Prices:
    """
    One version of the provider's plan. Every price is in yen for each point; 0 is free of charge.

    `included` bytes of capacity come with either class, each further `step` bytes cost `step_price`, a capacity left
    open costs `open_price`. Deluxe comes with `copies` copies on media a term.
    """

    economy: int
    deluxe: int
    included: int
    step: int
    step_price: int
    open_price: int
    cases_price: int
    copies: int
    copy_price: int

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value < 0:
                raise Invalid("negative_price" if field.name in PRICED else "negative", field=field.name)
            if field.name in PRICED and value > GREATEST_PRICE:
                raise Invalid("price_too_great", field=field.name, most=f"{GREATEST_PRICE:,}")
        if self.step == 0 or self.step > 2**50 or self.included > 2**50:
            raise Invalid("capacity", field="step" if self.included <= 2**50 else "included")
        if self.copies > MOST_COPIES:
            raise Invalid("too_many_copies", field="copies", most=MOST_COPIES)

    def values(self) -> dict[str, int]:
        """As plain values, for the row."""
        return asdict(self)

    def of(self, service_class: ServiceClass) -> Yen:
        """What a point of the class alone costs."""
        return Yen(self.economy if service_class is ServiceClass.ECONOMY else self.deluxe)


PRICED = frozenset({"economy", "deluxe", "step_price", "open_price", "cases_price", "copy_price"})


@dataclass(frozen=True)
class Choice:
    """What the price depends on; `capacity` in bytes, None where it is left open; `copies` on media in each term."""

    service_class: ServiceClass
    capacity: int | None
    cases: int = BASE_CASES
    copies: int = 0

    def __post_init__(self) -> None:
        if self.copies < 0 or (self.copies and self.service_class is ServiceClass.ECONOMY):
            raise Invalid("copies_of_deluxe", field="copies")
        if self.copies > MOST_COPIES:
            raise Invalid("too_many_copies", field="copies", most=MOST_COPIES)


@dataclass(frozen=True)
class Part:
    """One part of a point's price: `what` is `economy`, `deluxe`, `capacity`, `open`, `cases` or `copies`."""

    what: str
    count: int
    each: Yen

    @property
    def amount(self) -> Yen:
        """The part's yen in each point."""
        return Yen(self.count * self.each.amount)

    def values(self) -> dict[str, Any]:
        """As plain values, for the row."""
        return {"what": self.what, "count": self.count, "each": self.each.amount, "amount": self.amount.amount}

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The part that `values` gave."""
        return cls(values["what"], values["count"], Yen(values["each"]))


def parts(prices: Prices, choice: Choice) -> tuple[Part, ...]:
    """What the price of a point is made of: the class always, the rest where something was chosen."""
    found = [Part(choice.service_class.value, 1, prices.of(choice.service_class))]
    if choice.capacity is None:
        found.append(Part("open", 1, Yen(prices.open_price)))
    elif choice.capacity > prices.included:
        found.append(Part("capacity", -(-(choice.capacity - prices.included) // prices.step), Yen(prices.step_price)))
    if choice.cases > BASE_CASES:
        found.append(Part("cases", -(-(choice.cases - BASE_CASES) // MORE_CASES), Yen(prices.cases_price)))
    if choice.copies > prices.copies:
        found.append(Part("copies", choice.copies - prices.copies, Yen(prices.copy_price)))
    return tuple(found)


def unit_price(found: tuple[Part, ...]) -> Yen:
    """The whole price of a point."""
    return sum((part.amount for part in found), Yen(0))
