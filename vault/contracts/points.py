"""The fee: points × term × unit price (claim 18 and table 1 of the seed)."""

from vault.base.errors import Invalid
from vault.contracts.money import Yen
from vault.contracts.terms import Period, Terms

ANNUAL_POINTS, MONTHLY_POINTS = 10, 1


def charge(points: int, terms: int, unit_price: Yen) -> Yen:
    """Points × terms (years or months) × unit price: charge(10, 1, Yen(1000)) is ¥10,000. Invalid below zero."""
    for name, value in (("points", points), ("terms", terms), ("unit_price", unit_price.amount)):
        if value < 0:
            raise Invalid("negative", field=name)
    return Yen(points * terms * unit_price.amount)


def points_of(period: Period) -> int:
    """Points a term: ten a year, one a month; what runs until it is ended is billed by the month."""
    return ANNUAL_POINTS if period is Period.ANNUAL else MONTHLY_POINTS


def terms_a_line(terms: Terms) -> int:
    """Terms that one invoice line bills: all years agreed at once, months one by one."""
    return terms.terms if terms.period is Period.ANNUAL else 1


def fee_of(terms: Terms) -> Yen:
    """What one line of the invoice will say: the fee of all years agreed, or of a month."""
    return charge(points_of(terms.period), terms_a_line(terms), terms.unit_price)
