"""A provider's books for tests: contracts are agreed, months closed and payments made as the product does it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from tests.vault.contracts.test_terms import terms
from vault.base import settings
from vault.base.database import Database
from vault.base.scope import Role, Scope
from vault.base.settings import Settings
from vault.billing import closing, payments
from vault.billing.models import CreditLine, CreditNote, Invoice, InvoiceLine, LedgerEntry, Payment
from vault.billing.months import Month
from vault.contracts import service
from vault.contracts.models import Contract
from vault.tenancy import facilities

CLERK = Scope(who="person:clerk", login="billing1", name="Clerk", role=Role.BILLING)
FIGURES = {"invoices": 0, "lines": 0, "subtotal": 0, "tax": 0, "total": 0, "credit_notes": 0, "credited": 0}


@dataclass
class Books:
    """A database, its settings, and what the tests do with both."""

    database: Database
    settings: Settings

    def facility(self, code: str = "aoba") -> Scope:
        """A facility with an empty area; the system's scope of it."""
        with self.database.transaction() as session:
            made = facilities.make(session, Scope.system(), code=code, name=code.title(), capacity=10**6)
            return Scope.system(made.id)

    def agree(self, area: Scope, **changes: Any) -> str:
        """A contract, by default one year from 1 April 2026 at ¥1,000 a point; its id."""
        wanted = terms(**{"capacity": None, **changes})
        with self.database.transaction() as session:
            assert service.agree_from_file(session, area, wanted)
            found = select(Contract.id).where(Contract.facility_id == area.area, Contract.start == wanted.start)
            return session.scalars(found.order_by(Contract.id.desc()).limit(1)).one()

    def end(self, area: Scope, contract_id: str, last: str) -> None:
        """End the contract with that day."""
        with self.database.transaction() as session:
            service.end(session, area, contract_id, date.fromisoformat(last))

    def close(self, *months: str) -> list[dict[str, Any]]:
        """Close these months, one after the other."""
        return [closing.close(self.database, CLERK, self.settings, Month.parse(one)) for one in months]

    def pay(self, area: Scope, invoice_id: str, amount: int, on: str, reference: str = "") -> Payment:
        """A payment of the area for that invoice."""
        with self.database.transaction() as session:
            return payments.record(
                session,
                CLERK.within(area.area),
                self.settings,
                invoice_id,
                amount=amount,
                received_on=date.fromisoformat(on),
                reference=reference,
            )

    def invoices(self) -> list[Invoice]:
        """Every invoice by number."""
        with self.database.read() as session:
            return list(session.scalars(select(Invoice).order_by(Invoice.number)))

    def lines(self) -> list[InvoiceLine]:
        """Every charged term by its first day."""
        with self.database.read() as session:
            return list(session.scalars(select(InvoiceLine).order_by(InvoiceLine.first_day, InvoiceLine.target)))

    def credit_notes(self) -> list[CreditNote]:
        """Every credit note by number."""
        with self.database.read() as session:
            return list(session.scalars(select(CreditNote).order_by(CreditNote.number)))

    def credit_lines(self) -> list[CreditLine]:
        """Every credited term by the first day credited."""
        with self.database.read() as session:
            return list(session.scalars(select(CreditLine).order_by(CreditLine.first_day)))

    def paid(self) -> Counter[str]:
        """What was paid, by invoice."""
        with self.database.read() as session:
            found = session.execute(select(Payment.invoice_id, func.sum(Payment.amount)).group_by(Payment.invoice_id))
            return Counter({invoice: int(amount) for invoice, amount in found})

    def numbers(self) -> list[int]:
        """The numbers of all invoices."""
        return [one.number for one in self.invoices()]

    def sum_of_ledger(self) -> int:
        """What all entries of the ledger sum to, and of each posting: zero, always."""
        with self.database.read() as session:
            postings = select(func.sum(LedgerEntry.amount)).group_by(LedgerEntry.posting)
            assert set(session.scalars(postings)) <= {0}
            return int(session.scalar(select(func.sum(LedgerEntry.amount))) or 0)


def settings_in(folder: Path, **billing: Any) -> Settings:
    """Settings of a home that has no file, with these of billing."""
    read = settings.read(folder, {})
    return read.model_copy(update={"billing": read.billing.model_copy(update=billing)})


def months_of(year: int) -> list[str]:
    """The twelve months of a year."""
    return [f"{year}-{number:02}" for number in range(1, 13)]


def span(first: str, last: str) -> list[str]:
    """Every month from the first through the last."""
    month, found = Month.parse(first), []
    while str(month) <= last:
        found.append(str(month))
        month = month.following
    return found
