"""When copies are due: a term in equal parts, and no copy that another has overtaken."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.contracts.test_terms import terms
from vault.media.schedule import Due, latest

YEAR = {"period": "annual", "terms": 2, "start": date(2026, 4, 1)}


@pytest.mark.parametrize(
    ("today", "copies", "due"),
    [
        (date(2027, 3, 31), 1, None),
        (date(2027, 4, 1), 1, Due(0, 1, date(2027, 4, 1))),
        (date(2026, 9, 29), 2, None),
        (date(2026, 9, 30), 2, Due(0, 1, date(2026, 9, 30))),
        (date(2027, 4, 1), 2, Due(0, 2, date(2027, 4, 1))),
        (date(2028, 4, 1), 2, Due(1, 2, date(2028, 4, 1))),
        (date(2040, 1, 1), 2, Due(1, 2, date(2028, 4, 1))),
        (date(2028, 4, 1), 0, None),
    ],
)
def test_a_year_is_copied_as_often_as_was_agreed(today: date, copies: int, due: Due | None) -> None:
    agreed = terms(**YEAR)
    assert latest(agreed, agreed.end, copies, today) == due


def test_a_month_that_renews_is_copied_on_the_first_day_of_the_next() -> None:
    agreed = terms(period="monthly", terms=0, start=date(2026, 1, 31))
    assert latest(agreed, None, 1, date(2026, 2, 27)) is None
    assert latest(agreed, None, 1, date(2026, 2, 28)) == Due(0, 1, date(2026, 2, 28))
    assert latest(agreed, None, 1, date(2026, 3, 31)) == Due(1, 1, date(2026, 3, 31))


def test_a_contract_that_ends_early_is_copied_on_the_day_after() -> None:
    agreed = terms(**YEAR)
    assert latest(agreed, date(2026, 12, 31), 1, date(2027, 1, 1)) == Due(0, 1, date(2027, 1, 1))


@given(st.dates(date(2026, 1, 1), date(2029, 1, 1)), st.integers(1, 24), st.integers(0, 1200))
def test_day_after_day_every_copy_comes_in_its_order(start: date, copies: int, days: int) -> None:
    agreed = terms(period="annual", terms=3, start=start)
    today = start + timedelta(days=days)
    one, two = (latest(agreed, agreed.end, copies, day) for day in (today, today + timedelta(days=1)))
    if one is not None:
        assert two is not None
        assert one.on <= today
        assert (one.term, one.copy) <= (two.term, two.copy)
