"""Invoices, read: of an area with their lines, and the ones that are open over all areas."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from vault.base import paging
from vault.base.paging import Page
from vault.base.scope import Role, Scope, get_for, scoped
from vault.billing.models import BillingMonth, Invoice, InvoiceLine, Payment, PaymentReversal
from vault.tenancy.models import Facility


@dataclass(frozen=True)
class Billed:
    """An invoice and its lines, by target and first day."""

    invoice: Invoice
    lines: list[InvoiceLine]


def of_area(session: Session, scope: Scope, *, after: str | None = None, limit: int = paging.LIMIT) -> Page[Billed]:
    """The invoices of the caller's area, the newest first."""
    statement = scoped(select(Invoice), scope, Invoice)
    page = paging.rows(session, statement, Invoice.issued_at, Invoice.id, after=after, limit=limit)
    lines = _lines(session, scope, [one.id for one in page.items])
    return Page([Billed(one, [line for line in lines if line.invoice_id == one.id]) for one in page.items], page.next)


def one(session: Session, scope: Scope, invoice_id: str) -> Billed:
    """That invoice of the caller's area; NotFound for a stranger's."""
    found = get_for(session, scope, Invoice, invoice_id)
    return Billed(found, _lines(session, scope, [found.id]))


def open_everywhere(session: Session, scope: Scope) -> list[tuple[Invoice, Facility]]:
    """Every invoice on which something is open or was paid too much, the longest due first."""
    scope.require(Role.BILLING, Role.ADMIN)
    wanted = select(Invoice, Facility).join(Facility, Facility.id == Invoice.facility_id)
    rows = session.execute(wanted.where(Invoice.outstanding != 0).order_by(Invoice.due_on, Invoice.number))
    return [(invoice, facility) for invoice, facility in rows]


def area_of(session: Session, scope: Scope, invoice_id: str) -> str | None:
    """Whose an invoice is, for the provider's people who keep the books; None where there is no such."""
    scope.require(Role.BILLING, Role.ADMIN)
    return session.scalar(select(Invoice.facility_id).where(Invoice.id == invoice_id))


@dataclass(frozen=True)
class Paid:
    """A payment with the invoice that it was for; `reversed_at` where it was taken back."""

    payment: Payment
    invoice: Invoice
    facility: Facility
    reversed_at: datetime | None


def _paid() -> Select[Payment, Invoice, Facility, datetime]:
    return (
        select(Payment, Invoice, Facility, PaymentReversal.reversed_at)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .join(Facility, Facility.id == Payment.facility_id)
        .outerjoin(PaymentReversal, PaymentReversal.payment_id == Payment.id)
    )


def latest_payments(session: Session, scope: Scope, *, limit: int = 20) -> list[Paid]:
    """The latest over all areas, for who keeps the books."""
    scope.require(Role.BILLING, Role.ADMIN)
    rows = session.execute(_paid().order_by(Payment.number.desc()).limit(limit))
    return [Paid(payment, invoice, facility, reversed_at) for payment, invoice, facility, reversed_at in rows]


def area_of_payment(session: Session, scope: Scope, payment_id: str) -> str | None:
    """Whose a payment is, for the provider's people who keep the books; None where there is no such."""
    scope.require(Role.BILLING, Role.ADMIN)
    return session.scalar(select(Payment.facility_id).where(Payment.id == payment_id))


def months(session: Session, scope: Scope) -> list[BillingMonth]:
    """Every month that was begun or closed, the latest first."""
    scope.require(Role.BILLING, Role.ADMIN)
    return list(session.scalars(select(BillingMonth).order_by(BillingMonth.month.desc())))


def _lines(session: Session, scope: Scope, invoice_ids: list[str]) -> list[InvoiceLine]:
    mine = scoped(select(InvoiceLine), scope, InvoiceLine).where(InvoiceLine.invoice_id.in_(invoice_ids))
    return list(session.scalars(mine.order_by(InvoiceLine.target, InvoiceLine.first_day)))
