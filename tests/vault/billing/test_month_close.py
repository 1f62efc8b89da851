"""The month closes into invoices: table 1 of the seed, several targets, free services, month ends, leap days, tax."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.services.clock import HeldClock
from tests.vault.billing.books import Books, span
from vault.base.errors import Conflict, Denied, Invalid
from vault.base.scope import Role, Scope
from vault.billing import closing
from vault.billing.months import Month


def at(clock: HeldClock, day: str) -> None:
    """Noon of that day in Tokyo."""
    clock.set(datetime.fromisoformat(f"{day}T03:00:00+00:00"))


def told(books: Books) -> list[tuple[Any, ...]]:
    return [(line.target, line.month, line.points, line.term, line.unit_price, line.amount) for line in books.lines()]


def test_a_year_is_one_line_of_ten_points(books: Books, clock: HeldClock) -> None:
    """Table 1: 10 points × 1 year × ¥1,000 = ¥10,000, invoiced when the month of the first day is closed."""
    books.agree(books.facility())
    at(clock, "2027-05-01")
    figures = books.close(*span("2026-04", "2027-04"))
    assert told(books) == [("endoscopy room 1", "2026-04", 10, 1, 1000, 10_000)]
    assert [one["subtotal"] for one in figures] == [10_000, *[0] * 12]
    (invoice,) = books.invoices()
    assert (invoice.month, invoice.subtotal, invoice.tax, invoice.total) == ("2026-04", 10_000, 1_000, 11_000)
    assert books.sum_of_ledger() == 0


def test_twelve_months_are_twelve_lines_of_one_point(books: Books, clock: HeldClock) -> None:
    """Table 1: 1 point × 12 × ¥1,000 = ¥12,000; a monthly contract ends after its months."""
    books.agree(books.facility(), period="monthly", terms=12)
    at(clock, "2027-06-01")
    books.close(*span("2026-04", "2027-05"))
    assert told(books) == [("endoscopy room 1", month, 1, 1, 1000, 1000) for month in span("2026-04", "2027-03")]
    assert sum(one.subtotal for one in books.invoices()) == 12_000
    assert books.numbers() == list(range(1, 13))


def test_a_monthly_contract_renews_until_told_otherwise(books: Books, clock: HeldClock) -> None:
    area = books.facility()
    contract = books.agree(area, period="monthly", terms=0)
    at(clock, "2026-06-20")
    books.end(area, contract, "2026-06-30")
    at(clock, "2026-09-01")
    books.close(*span("2026-04", "2026-08"))
    assert [line.month for line in books.lines()] == ["2026-04", "2026-05", "2026-06"]
    assert books.credit_lines() == []


def test_years_agreed_at_once_are_one_line(books: Books, clock: HeldClock) -> None:
    """10 points × 3 years × ¥1,000 = ¥30,000; nothing more in the years that follow."""
    books.agree(books.facility(), terms=3)
    at(clock, "2028-05-01")
    books.close(*span("2026-04", "2028-04"))
    assert told(books) == [("endoscopy room 1", "2026-04", 10, 3, 1000, 30_000)]
    assert books.lines()[0].last_day == date(2029, 3, 31)


def test_what_runs_until_it_is_ended_is_billed_by_the_month(books: Books, clock: HeldClock) -> None:
    books.agree(books.facility(), period=None, terms=None, unit_price=700)
    at(clock, "2026-07-01")
    books.close(*span("2026-04", "2026-06"))
    assert [line.amount for line in books.lines()] == [700, 700, 700]


def test_targets_of_a_facility_are_lines_of_one_invoice(books: Books, clock: HeldClock) -> None:
    """¥10,000 + ¥500 + ¥0; tax 10 % of ¥10,500 = ¥1,050, rounded once, not line by line."""
    aoba, midori = books.facility("aoba"), books.facility("midori")
    books.agree(aoba)
    books.agree(aoba, target="ward", period="monthly", terms=0, unit_price=500)
    books.agree(aoba, target="trial", unit_price=0)
    books.agree(midori, unit_price=333)
    at(clock, "2026-05-01")
    (figures,) = books.close("2026-04")
    first, second = books.invoices()
    assert (first.subtotal, first.tax, first.total) == (10_500, 1_050, 11_550)
    assert (second.subtotal, second.tax, second.total) == (3_330, 333, 3_663)
    assert len([line for line in books.lines() if line.invoice_id == first.id]) == 3
    assert figures == {
        "month": "2026-04", "invoices": 2, "lines": 4, "subtotal": 13_830, "tax": 1_383, "total": 15_213,
        "credit_notes": 0, "credited": 0,
    }  # fmt: skip


def test_a_free_service_is_recorded_and_nobody_gets_an_invoice_over_nothing(books: Books, clock: HeldClock) -> None:
    books.agree(books.facility(), unit_price=0)
    at(clock, "2026-05-01")
    (figures,) = books.close("2026-04")
    assert books.invoices() == []
    assert [(line.amount, line.invoice_id) for line in books.lines()] == [(0, None)]
    assert (figures["lines"], figures["invoices"]) == (1, 0)


def test_a_month_from_the_31st_begins_on_the_last_day_of_a_shorter_one(books: Books, clock: HeldClock) -> None:
    """From 31 January 2027: one term a month, each day in one; June has no 31st and ends the last with itself."""
    books.agree(books.facility(), start="2027-01-31", period="monthly", terms=5)
    at(clock, "2027-07-01")
    books.close(*span("2027-01", "2027-06"))
    assert [(str(line.first_day), str(line.last_day)) for line in books.lines()] == [
        ("2027-01-31", "2027-02-27"),
        ("2027-02-28", "2027-03-30"),
        ("2027-03-31", "2027-04-29"),
        ("2027-04-30", "2027-05-30"),
        ("2027-05-31", "2027-06-30"),
    ]
    assert [line.month for line in books.lines()] == span("2027-01", "2027-05")


def test_a_contract_from_the_31st_ended_with_february_is_charged_no_term_for_its_last_day(
    books: Books, clock: HeldClock
) -> None:
    """
    By the Civil Code the month from 31 January lasts through 28 February, which else begins the next term: told to end
    with that day, the contract has one term of ¥1,000, and its last day is a line of no term and no fee.
    """
    area = books.facility()
    at(clock, "2027-02-10")
    contract = books.agree(area, start="2027-01-31", period="monthly", terms=0)
    books.close("2027-01")
    books.end(area, contract, "2027-02-28")
    at(clock, "2027-04-01")
    books.close("2027-02", "2027-03")
    assert [(str(one.first_day), str(one.last_day), one.term, one.amount) for one in books.lines()] == [
        ("2027-01-31", "2027-02-27", 1, 1000),
        ("2027-02-28", "2027-02-28", 0, 0),
    ]
    assert [one.total for one in books.invoices()] == [1100]
    assert (books.credit_notes(), books.credit_lines()) == ([], [])


def test_a_year_from_a_leap_day_ends_on_the_last_of_february(books: Books, clock: HeldClock) -> None:
    books.agree(books.facility(), start="2028-02-29")
    books.agree(books.facility("midori"), start="2028-01-29", period="monthly", terms=2)
    at(clock, "2028-04-01")
    books.close(*span("2028-01", "2028-03"))
    assert [(line.month, str(line.first_day), str(line.last_day)) for line in books.lines()] == [
        ("2028-01", "2028-01-29", "2028-02-28"),
        ("2028-02", "2028-02-29", "2029-02-28"),
        ("2028-02", "2028-02-29", "2028-03-28"),
    ]


def test_a_term_keeps_the_rate_of_its_first_day(books: Books, clock: HeldClock) -> None:
    """
    The rate rises from 8 % to 10 % on 1 October 2019. A year from April 2019 is taxed with 8 % whole: ¥800. Monthly
    terms from 15 September and 15 October: 8 % of ¥1,250 = ¥100, then 10 % of ¥1,250 = ¥125.
    """
    area = books.facility()
    books.agree(area, start="2019-04-01")
    books.agree(area, target="ward", start="2019-09-15", period="monthly", terms=2, unit_price=1250)
    at(clock, "2019-11-01")
    books.close(*span("2019-04", "2019-10"))
    assert [(one.month, one.taxes) for one in books.invoices()] == [
        ("2019-04", [{"rate": 8, "base": 10_000, "tax": 800}]),
        ("2019-09", [{"rate": 8, "base": 1_250, "tax": 100}]),
        ("2019-10", [{"rate": 10, "base": 1_250, "tax": 125}]),
    ]


def test_two_rates_on_one_invoice_are_rounded_each_once(books: Books, clock: HeldClock) -> None:
    """A contract that came late is charged in the next month: 8 % of ¥1,111 = ¥88.88, 10 % of ¥2,222 = ¥222.2."""
    area = books.facility()
    books.agree(area, start="2019-09-01", period="monthly", terms=2, unit_price=2222)
    at(clock, "2019-10-01")
    books.close("2019-09")
    books.agree(area, target="ward", start="2019-09-01", period="monthly", terms=1, unit_price=1111)
    at(clock, "2019-11-01")
    books.close("2019-10")
    invoice = books.invoices()[1]
    assert invoice.taxes == [{"rate": 10, "base": 2222, "tax": 222}, {"rate": 8, "base": 1111, "tax": 88}]
    assert (invoice.subtotal, invoice.tax, invoice.total) == (3333, 310, 3643)


def test_a_rate_of_the_settings_holds_from_its_day(books: Books, clock: HeldClock) -> None:
    billing = books.settings.billing.model_copy(update={"tax_rates": "2026-05-01=12"})
    books.settings = books.settings.model_copy(update={"billing": billing})
    books.agree(books.facility(), period="monthly", terms=2)
    at(clock, "2026-06-01")
    books.close("2026-04", "2026-05")
    assert [one.tax for one in books.invoices()] == [100, 120]


def test_closing_again_changes_nothing(books: Books, clock: HeldClock) -> None:
    books.agree(books.facility())
    at(clock, "2026-05-01")
    first = books.close("2026-04")
    at(clock, "2026-05-09")
    assert books.close("2026-04") == first
    assert books.numbers() == [1]


def test_months_close_in_order_from_the_earliest_start_also_before_home_was_made(
    books: Books, clock: HeldClock
) -> None:
    books.agree(books.facility(), start="2025-11-20", period="monthly", terms=0)
    with pytest.raises(Conflict) as refused:
        books.close("2026-01")
    assert (refused.value.reason, refused.value.values["following"]) == ("month_out_of_order", "2025-11")
    books.close("2025-11", "2025-12", "2026-01")
    with pytest.raises(Conflict):
        books.close("2026-03")
    with pytest.raises(Conflict):
        books.close("2025-10")
    assert [line.month for line in books.lines()] == ["2025-11", "2025-12", "2026-01"]


def test_a_month_ends_where_the_provider_is(books: Books, clock: HeldClock) -> None:
    books.agree(books.facility())
    clock.set(datetime(2026, 4, 30, 14, 59, tzinfo=UTC))
    with pytest.raises(Invalid) as refused:
        books.close("2026-04")
    assert refused.value.reason == "month_not_ended"
    assert books.lines() == []
    clock.set(datetime(2026, 4, 30, 15, 0, tzinfo=UTC))
    assert books.close("2026-04")[0]["invoices"] == 1


@pytest.mark.parametrize("wrong", ["2026-13", "2026-4", "April", "2026-04-01", "", "２０２６-04"])
def test_a_month_is_written_in_one_way(wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        Month.parse(wrong)
    assert (refused.value.reason, refused.value.field) == ("month", "month")


def test_without_a_contract_there_is_nothing_to_close(books: Books) -> None:
    books.facility()
    with pytest.raises(Conflict) as refused:
        books.close("2026-03")
    assert refused.value.reason == "nothing_agreed"


def test_the_preview_says_what_the_close_does_and_changes_nothing(books: Books, clock: HeldClock) -> None:
    aoba = books.facility()
    contract = books.agree(aoba, period="monthly", terms=0)
    at(clock, "2026-04-10")
    books.end(aoba, contract, "2026-04-15")
    at(clock, "2026-05-01")
    with books.database.read() as session:
        (foreseen,) = closing.preview(session, Scope.system(), books.settings, Month(2026, 4))
    assert (foreseen.facility.code, foreseen.draft.charged, foreseen.draft.credited) == ("aoba", 1000, 500)
    assert books.lines() == []
    books.close("2026-04")
    assert [(one.subtotal, note.subtotal) for one in books.invoices() for note in books.credit_notes()] == [(1000, 500)]


def test_only_billing_and_the_administrator_close(books: Books) -> None:
    nurse = Scope(who="person:x", login="x", name="x", role=Role.FACILITY_ADMIN, facility_id="f")
    with pytest.raises(Denied):
        closing.close(books.database, nurse, books.settings, Month(2026, 3))
