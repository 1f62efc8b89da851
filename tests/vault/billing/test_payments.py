"""Payments bring down what is open, once; whatever is wrong changes nothing."""

from datetime import date

import pytest

from tests.services.clock import HeldClock
from tests.vault.billing.books import Books
from tests.vault.billing.test_month_close import at
from tests.vault.tenancy.tenants import at_once
from vault.base.errors import AppError, Conflict, Invalid, NotFound
from vault.base.scope import Scope
from vault.billing import ledger
from vault.billing.ledger import Account


@pytest.fixture
def owing(books: Books, clock: HeldClock) -> Scope:
    """Aoba, which owes ¥11,000 since the first of May."""
    area = books.facility()
    books.agree(area)
    at(clock, "2026-05-01")
    books.close("2026-04")
    return area


def test_a_payment_in_two_parts_leaves_nothing_open(books: Books, owing: Scope) -> None:
    (invoice,) = books.invoices()
    first = books.pay(owing, invoice.id, 6_000, "2026-05-01")
    second = books.pay(owing, invoice.id, 5_000, "2026-05-01")
    assert (first.number, second.number) == (1, 2)
    assert books.invoices()[0].outstanding == 0
    with books.database.read() as session:
        assert ledger.balances(session, Scope.system()) == {
            Account.RECEIVABLE: 0,
            Account.REVENUE: -10_000,
            Account.TAX_PAYABLE: -1_000,
            Account.CASH: 11_000,
            Account.DEPOSITS: 0,
        }
    assert books.sum_of_ledger() == 0


@pytest.mark.parametrize(
    ("amount", "on", "reason"),
    [
        (0, "2026-05-01", "payment_amount"),
        (-1, "2026-05-01", "payment_amount"),
        (1, "2026-05-02", "payment_to_come"),
        (11_001, "2026-05-01", "payment_above_open"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(books: Books, owing: Scope, amount: int, on: str, reason: str) -> None:
    (invoice,) = books.invoices()
    with pytest.raises(AppError) as refused:
        books.pay(owing, invoice.id, amount, on)
    assert refused.value.reason == reason
    assert isinstance(refused.value, (Invalid, Conflict))
    assert books.invoices()[0].outstanding == 11_000


def test_a_payment_twice_is_refused_and_a_second_one_needs_a_reference(books: Books, owing: Scope) -> None:
    (invoice,) = books.invoices()
    books.pay(owing, invoice.id, 1_000, "2026-05-01")
    with pytest.raises(Conflict) as refused:
        books.pay(owing, invoice.id, 1_000, "2026-05-01")
    assert refused.value.reason == "payment_twice"
    books.pay(owing, invoice.id, 1_000, "2026-05-01", "second transfer")
    assert books.invoices()[0].outstanding == 9_000


def test_of_payments_at_once_only_what_is_open_is_taken(books: Books, owing: Scope) -> None:
    (invoice,) = books.invoices()
    given = at_once(3, lambda number: books.pay(owing, invoice.id, 11_000, "2026-05-01", f"transfer {number}").amount)
    assert sorted(str(one.reason if isinstance(one, AppError) else one) for one in given) == [
        "11000",
        "payment_above_open",
        "payment_above_open",
    ]
    assert books.invoices()[0].outstanding == 0


def test_another_area_s_invoice_cannot_be_named(books: Books, owing: Scope) -> None:
    (invoice,) = books.invoices()
    with pytest.raises(NotFound):
        books.pay(books.facility("midori"), invoice.id, 1, "2026-05-01")


def test_what_does_not_balance_is_not_posted(books: Books, owing: Scope) -> None:
    with books.database.transaction() as session, pytest.raises(ValueError, match="balance"):
        ledger.post(session, owing, on=date(2026, 5, 1), document="x", entries={Account.CASH: 1})
