"""The price of a point by what is chosen: parts that add up, for nothing where the plan says so, never below zero."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.base.errors import Invalid
from vault.contracts.money import Yen
from vault.contracts.prices import Choice, Part, Prices, ServiceClass, parts, unit_price

GIB = 2**30
PRICES = Prices(
    economy=1000,
    deluxe=1800,
    included=20 * GIB,
    step=10 * GIB,
    step_price=150,
    open_price=900,
    cases_price=40,
    copies=2,
    copy_price=300,
)
ECONOMY, DELUXE = ServiceClass.ECONOMY, ServiceClass.DELUXE


@pytest.mark.parametrize(
    ("choice", "made_of", "whole"),
    [
        (Choice(ECONOMY, 20 * GIB), {"economy": (1, 1000)}, 1000),
        (Choice(ECONOMY, 1), {"economy": (1, 1000)}, 1000),
        (Choice(ECONOMY, 20 * GIB + 1), {"economy": (1, 1000), "capacity": (1, 150)}, 1150),
        (Choice(ECONOMY, 45 * GIB), {"economy": (1, 1000), "capacity": (3, 450)}, 1450),
        (Choice(ECONOMY, None), {"economy": (1, 1000), "open": (1, 900)}, 1900),
        (Choice(ECONOMY, 20 * GIB, 250), {"economy": (1, 1000), "cases": (3, 120)}, 1120),
        (Choice(DELUXE, 20 * GIB, 100, 2), {"deluxe": (1, 1800)}, 1800),
        (
            Choice(DELUXE, 30 * GIB, 150, 4),
            {"deluxe": (1, 1800), "capacity": (1, 150), "cases": (1, 40), "copies": (2, 600)},
            2590,
        ),
    ],
)
def test_the_price_of_a_point_is_the_sum_of_what_is_chosen(choice, made_of, whole) -> None:
    found = parts(PRICES, choice)
    assert {part.what: (part.count, part.amount.amount) for part in found} == made_of
    assert unit_price(found) == Yen(whole)


def test_a_free_service_is_possible() -> None:
    free = Prices(0, 0, 0, 1, 0, 0, 0, 0, 0)
    assert unit_price(parts(free, Choice(DELUXE, None, 300, 3))) == Yen(0)


@pytest.mark.parametrize("field", ["economy", "deluxe", "step_price", "open_price", "cases_price", "copy_price"])
def test_no_price_is_below_zero_or_beyond_reason(field: str) -> None:
    with pytest.raises(Invalid) as told:
        replace(PRICES, **{field: -1})
    assert (told.value.reason, told.value.field) == ("negative_price", field)
    with pytest.raises(Invalid) as told:
        replace(PRICES, **{field: 10**9})
    assert (told.value.reason, told.value.field) == ("price_too_great", field)


@pytest.mark.parametrize(("field", "value"), [("step", 0), ("step", 2**60), ("included", -1), ("copies", 25)])
def test_a_plan_that_cannot_be_is_refused(field: str, value: int) -> None:
    with pytest.raises(Invalid) as told:
        replace(PRICES, **{field: value})
    assert told.value.field == field


def test_copies_on_media_belong_to_deluxe() -> None:
    with pytest.raises(Invalid) as told:
        Choice(ECONOMY, None, 100, 1)
    assert told.value.reason == "copies_of_deluxe"


@given(
    st.integers(1, 2**45), st.integers(0, 40), st.integers(2, 20), st.sampled_from(ServiceClass), st.integers(0, 2**40)
)
def test_more_is_never_cheaper(capacity: int, extensions: int, copies: int, of: ServiceClass, more: int) -> None:
    copies = copies if of is DELUXE else 0
    price = unit_price(parts(PRICES, Choice(of, capacity, 100 + 50 * extensions, copies)))
    assert price <= unit_price(parts(PRICES, Choice(of, capacity + more, 150 + 50 * extensions, copies)))
    assert all(Part.of(part.values()) == part for part in parts(PRICES, Choice(of, capacity, 100, copies)))
