"""What stands on receipts, credit notes and statements, read; of the caller's area alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.scope import Role, Scope, get_for, scoped
from vault.base.settings import Settings
from vault.billing import deposits, issuing
from vault.billing.models import CreditLine, CreditNote, Invoice, Payment, PaymentReversal
from vault.tenancy import facilities


@dataclass(frozen=True)
class Receipted:
    """A payment with its invoice; `reversed_at` where it was taken back."""

    payment: Payment
    invoice: Invoice
    reversed_at: datetime | None


@dataclass(frozen=True)
class Credited:
    """A credit note, what it credits, and the invoice that it is of."""

    note: CreditNote
    invoice: Invoice
    lines: list[CreditLine]


@dataclass(frozen=True)
class Stated:
    """The invoices of a facility on which something is open or was paid too much, and what is held for it."""

    on: date
    name: str
    issuer: dict[str, Any]
    invoices: list[Invoice]
    held: int


def receipt(session: Session, scope: Scope, payment_id: str) -> Receipted:
    """That payment of the area; NotFound for a stranger's."""
    payment = get_for(session, scope, Payment, payment_id)
    taken_back = scoped(select(PaymentReversal.reversed_at), scope, PaymentReversal)
    reversed_at = session.scalar(taken_back.where(PaymentReversal.payment_id == payment.id))
    return Receipted(payment, get_for(session, scope, Invoice, payment.invoice_id), reversed_at)


def credit_note(session: Session, scope: Scope, note_id: str) -> Credited:
    """That credit note of the area; NotFound for a stranger's."""
    note = get_for(session, scope, CreditNote, note_id)
    mine = scoped(select(CreditLine), scope, CreditLine).where(CreditLine.credit_note_id == note.id)
    lines = list(session.scalars(mine.order_by(CreditLine.target, CreditLine.first_day)))
    return Credited(note, get_for(session, scope, Invoice, note.invoice_id), lines)


def statement(session: Session, scope: Scope, settings: Settings) -> Stated:
    """What is open of the area today."""
    mine = scoped(select(Invoice), scope, Invoice).where(Invoice.outstanding != 0)
    invoices = list(session.scalars(mine.order_by(Invoice.due_on, Invoice.number)))
    head = issuing.letterhead(session, settings)
    name, today = facilities.of(session, scope).name, clock.today(settings.provider.zone)
    return Stated(today, name, head.issuer, invoices, deposits.balance(session, scope))


@dataclass(frozen=True)
class Beside:
    """The papers beside an invoice: payments (not those taken back) and credit notes."""

    payments: list[Payment]
    notes: list[CreditNote]


def beside(session: Session, scope: Scope, invoice_ids: Sequence[str]) -> dict[str, Beside]:
    """For each of these invoices of the area what stands beside it, by number."""
    found = {id_: Beside([], []) for id_ in invoice_ids}
    paid = scoped(select(Payment), scope, Payment).where(Payment.invoice_id.in_(invoice_ids))
    standing = paid.outerjoin(PaymentReversal, PaymentReversal.payment_id == Payment.id)
    for payment in session.scalars(standing.where(PaymentReversal.id.is_(None)).order_by(Payment.number)):
        found[payment.invoice_id].payments.append(payment)
    noted = scoped(select(CreditNote), scope, CreditNote).where(CreditNote.invoice_id.in_(invoice_ids))
    for note in session.scalars(noted.order_by(CreditNote.number)):
        found[note.invoice_id].notes.append(note)
    return found


def area_of_note(session: Session, scope: Scope, note_id: str) -> str | None:
    """Whose a credit note is, for the provider's people who keep the books; None where there is no such."""
    scope.require(Role.BILLING, Role.ADMIN)
    return session.scalar(select(CreditNote.facility_id).where(CreditNote.id == note_id))
