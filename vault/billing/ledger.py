"""The ledger: double entries, written with the document they are of; whatever is posted sums to zero."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vault.base import clock, ids
from vault.base.scope import Role, Scope
from vault.billing.models import LedgerEntry
from vault.tenancy.models import Facility


class Account(StrEnum):
    """The accounts that rented storage needs; `DEPOSITS` is money held for facilities: paid too much, or kept."""

    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    TAX_PAYABLE = "tax_payable"
    CASH = "cash"
    DEPOSITS = "deposits"


def post(session: Session, scope: Scope, *, on: date, document: str, entries: dict[Account, int]) -> None:
    """Write one posting of the scope's area; entries of nothing are left out. ValueError unless they sum to zero."""
    if sum(entries.values()) != 0:
        raise ValueError(f"{document} does not balance: {entries}")
    posting, now = ids.new(), clock.now()
    session.add_all(
        LedgerEntry(
            facility_id=scope.area,
            posting=posting,
            posted_on=on,
            account=account.value,
            amount=amount,
            document=document,
            at=now,
        )
        for account, amount in entries.items()
        if amount
    )


def owed(subtotal: int, tax: int) -> dict[Account, int]:
    """An invoice; with negative figures a credit note."""
    return {Account.RECEIVABLE: subtotal + tax, Account.REVENUE: -subtotal, Account.TAX_PAYABLE: -tax}


def received(amount: int) -> dict[Account, int]:
    """A payment."""
    return {Account.CASH: amount, Account.RECEIVABLE: -amount}


def reversed_(entries: dict[Account, int]) -> dict[Account, int]:
    """The posting that takes another one back."""
    return {account: -amount for account, amount in entries.items()}


def balances(session: Session, scope: Scope) -> dict[Account, int]:
    """What each account stands at, over all areas; they sum to zero."""
    scope.require(Role.BILLING, Role.ADMIN, Role.SYSTEM)
    rows = session.execute(select(LedgerEntry.account, func.sum(LedgerEntry.amount)).group_by(LedgerEntry.account))
    found = {account: int(amount) for account, amount in rows}
    return {account: found.get(account.value, 0) for account in Account}


@dataclass(frozen=True)
class Row:
    """One entry as it is exported."""

    posting: str
    on: date
    facility: str
    name: str
    account: str
    amount: int
    document: str


def rows(session: Session, scope: Scope, *, since: date | None = None, until: date | None = None) -> Iterator[Row]:
    """Every entry of those days, the postings in order, over all areas."""
    scope.require(Role.BILLING, Role.ADMIN, Role.SYSTEM)
    wanted = select(LedgerEntry, Facility.code, Facility.name).join(Facility, Facility.id == LedgerEntry.facility_id)
    if since is not None:
        wanted = wanted.where(LedgerEntry.posted_on >= since)
    if until is not None:
        wanted = wanted.where(LedgerEntry.posted_on <= until)
    ordered = wanted.order_by(LedgerEntry.posted_on, LedgerEntry.posting, LedgerEntry.amount.desc(), LedgerEntry.id)
    for entry, code, name in session.execute(ordered.execution_options(yield_per=1000)):
        yield Row(entry.posting, entry.posted_on, code, name, entry.account, entry.amount, entry.document)
