"""A term that is cut short is credited by its days; each figure is worked out by hand."""

from datetime import date

import pytest

from tests.services.clock import HeldClock
from tests.vault.billing.books import Books, span
from tests.vault.billing.test_month_close import at
from vault.billing.charges import unused
from vault.contracts.money import Yen


def test_a_year_ended_early_is_credited_by_days(books: Books, clock: HeldClock) -> None:
    """
    1 April 2026 to 31 March 2027 has 365 days; ended on 30 September 2026, 183 are used. ¥10,000 × 183 ÷ 365 =
    ¥5,013.69, rounded down ¥5,013, stay charged; ¥4,987 and the tax on them, ¥498, are credited when September closes.
    """
    area = books.facility()
    contract = books.agree(area)
    at(clock, "2026-05-01")
    books.close("2026-04")
    at(clock, "2026-08-10")
    books.end(area, contract, "2026-09-30")
    at(clock, "2026-10-01")
    books.close(*span("2026-05", "2026-09"))
    (note,), (line,), (invoice,) = books.credit_notes(), books.credit_lines(), books.invoices()
    assert (line.days, line.of_days, line.amount, line.rate) == (182, 365, 4_987, 10)
    assert (note.number, note.month, note.invoice_id) == (1, "2026-09", invoice.id)
    assert (note.subtotal, note.tax, note.total) == (4_987, 498, 5_485)
    assert (invoice.total, invoice.outstanding) == (11_000, 11_000 - 5_485)
    assert books.sum_of_ledger() == 0


def test_a_change_in_mid_term_bills_each_day_once(books: Books, clock: HeldClock) -> None:
    """
    A month of ¥3,000 from 1 April is changed on the 16th to one of ¥5,000: 15 of 30 days, ¥1,500, are credited in the
    same close, and the new term is charged whole: ¥8,000 less ¥1,500.
    """
    area = books.facility()
    contract = books.agree(area, period="monthly", terms=0, unit_price=3000)
    at(clock, "2026-04-15")
    books.end(area, contract, "2026-04-15")
    books.agree(area, period="monthly", terms=0, unit_price=5000, start="2026-04-16")
    at(clock, "2026-05-01")
    (figures,) = books.close("2026-04")
    assert (figures["subtotal"], figures["credit_notes"], figures["credited"]) == (8_000, 1, 1_650)
    assert [one.amount for one in books.credit_lines()] == [1_500]


def test_a_credit_has_the_rate_of_what_it_credits(books: Books, clock: HeldClock) -> None:
    """A year from April 2019 at 8 %, ended with December: the rate is 10 % by then, the credit's is 8 %."""
    area = books.facility()
    at(clock, "2019-12-01")
    contract = books.agree(area, start="2019-04-01")
    books.close("2019-04")
    books.end(area, contract, "2019-12-31")
    at(clock, "2020-01-01")
    books.close(*span("2019-05", "2019-12"))
    (note,) = books.credit_notes()
    # 366 days (29 February 2020), 91 left: ¥10,000 × 275 ÷ 366 = ¥7,513.66, so ¥2,487 are credited, tax ¥198.96.
    assert note.taxes == [{"rate": 8, "base": 2_487, "tax": 198}]


def test_a_free_term_cut_short_brings_no_credit_note(books: Books, clock: HeldClock) -> None:
    area = books.facility()
    contract = books.agree(area, unit_price=0)
    books.end(area, contract, "2026-04-15")
    at(clock, "2026-06-01")
    books.close("2026-04", "2026-05")
    assert books.credit_notes() == []
    assert [(one.amount, one.credit_note_id) for one in books.credit_lines()] == [(0, None)]


@pytest.mark.parametrize(
    ("ends_on", "credited"),
    [("2026-04-30", None), ("2026-04-29", 34), ("2026-04-15", 500), ("2026-04-01", 967), ("2026-03-31", 1000)],
)
def test_what_stays_charged_is_rounded_down(ends_on: str, credited: int | None) -> None:
    """¥1,000 for 30 days: 29 used are ¥966.67, 15 are ¥500, 1 is ¥33.33, none is nothing."""
    from_, last, end = (date.fromisoformat(one) for one in ("2026-04-01", "2026-04-30", ends_on))
    left = unused(from_, last, end)
    assert (None if left is None else left.credit(Yen(1000)).amount) == credited
