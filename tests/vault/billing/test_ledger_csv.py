"""The ledger as CSV: each month and the whole sum to zero, and nothing in it is taken for a formula."""

import csv
import io

import pytest

from tests.services.clock import HeldClock
from tests.vault.billing.books import CLERK, Books
from tests.vault.billing.test_month_close import at
from vault.base.errors import Denied
from vault.base.scope import Role, Scope
from vault.billing import exports
from vault.billing.months import Month
from vault.tenancy import facilities


def exported(books: Books, month: str | None = None) -> list[dict[str, str]]:
    with books.database.read() as session:
        text = "".join(exports.ledger_csv(session, CLERK, Month.parse(month) if month else None))
    assert text.startswith(exports.BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(exports.BOM), newline="")))


def test_each_month_and_the_whole_sum_to_zero(books: Books, clock: HeldClock) -> None:
    area = books.facility()
    contract = books.agree(area)
    at(clock, "2026-05-01")
    books.close("2026-04")
    books.pay(area, books.invoices()[0].id, 4_000, "2026-05-01")
    books.end(area, contract, "2026-05-20")
    at(clock, "2026-06-01")
    books.close("2026-05")
    whole, may, june = exported(books), exported(books, "2026-05"), exported(books, "2026-06")
    assert len(whole) == len(may) + len(june) == 8
    for rows in (whole, may, june):
        assert sum(int(row["amount"]) for row in rows) == 0
        assert sum(int(row["debit"]) - int(row["credit"]) for row in rows) == 0
    assert [(row["date"], row["document"], row["account"], row["amount"]) for row in may][:3] == [
        ("2026-05-01", "invoice:KI-000001", "receivable", "11000"),
        ("2026-05-01", "invoice:KI-000001", "tax_payable", "-1000"),
        ("2026-05-01", "invoice:KI-000001", "revenue", "-10000"),
    ]
    assert exported(books, "2026-04") == []


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "＝1+1"])
def test_no_name_is_taken_for_a_formula(books: Books, clock: HeldClock, name: str) -> None:
    area = books.facility()
    with books.database.transaction() as session:
        facilities.change(session, area, facilities.of(session, area), name=name)
    books.agree(area)
    at(clock, "2026-05-01")
    books.close("2026-04")
    assert {row["facility_name"] for row in exported(books)} == {f"'{name}"}


def test_only_who_keeps_the_books_has_the_ledger(books: Books) -> None:
    nurse = Scope(who="person:n", login="nurse", name="Nurse", role=Role.FACILITY_ADMIN, facility_id="x")
    with books.database.read() as session, pytest.raises(Denied):
        list(exports.ledger_csv(session, nurse))
