"""Whole yen."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Yen:
    """An amount in whole yen, without tax unless its name says otherwise."""

    amount: int

    def __str__(self) -> str:
        return f"¥{self.amount:,}"

    def __add__(self, other: "Yen") -> "Yen":
        return Yen(self.amount + other.amount)
