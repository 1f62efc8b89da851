"""The seed's table 1, exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.base.errors import Invalid
from vault.contracts.money import Yen
from vault.contracts.points import ANNUAL_POINTS, MONTHLY_POINTS, charge, points_of
from vault.contracts.terms import Period


def test_a_year_is_ten_points() -> None:
    assert charge(ANNUAL_POINTS, 1, Yen(1000)) == Yen(10_000)
    assert str(charge(10, 1, Yen(1000))) == "¥10,000"


def test_twelve_months_are_twelve_points() -> None:
    assert charge(MONTHLY_POINTS, 12, Yen(1000)) == Yen(12_000)
    assert sum((charge(1, 1, Yen(1000)) for _ in range(12)), Yen(0)) == Yen(12_000)


@pytest.mark.parametrize(("period", "points"), [(Period.ANNUAL, 10), (Period.MONTHLY, 1), (Period.OPEN, 1)])
def test_points_a_term(period: Period, points: int) -> None:
    assert points_of(period) == points


def test_a_free_service_costs_nothing() -> None:
    assert charge(10, 3, Yen(0)) == Yen(0)


@given(points=st.integers(0, 100), terms=st.integers(0, 100), price=st.integers(0, 10**7))
def test_years_at_once_cost_what_they_cost_one_by_one(points: int, terms: int, price: int) -> None:
    one_by_one = sum((charge(points, 1, Yen(price)) for _ in range(terms)), Yen(0))
    assert charge(points, terms, Yen(price)) == one_by_one


@pytest.mark.parametrize("wrong", [(-1, 1, 1), (1, -1, 1), (1, 1, -1)])
def test_nothing_is_negative(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(Invalid):
        charge(wrong[0], wrong[1], Yen(wrong[2]))
