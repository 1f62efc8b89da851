"""Money that came: recorded for an invoice, by hand or out of a line of the bank's statement."""

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import count_changed
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Role, Scope, get_for
from vault.base.settings import Settings
from vault.billing import ledger, numbers
from vault.billing.models import Invoice, Payment
from vault.billing.numbers import Series

LONGEST_REFERENCE = 200


def record(
    session: Session,
    scope: Scope,
    settings: Settings,
    invoice_id: str,
    *,
    amount: int,
    received_on: date,
    reference: str = "",
) -> Payment:
    """
    A payment for an invoice of the area that the scope is narrowed to.

    Raises Invalid for an amount that is not above zero or a day that is still to come, Conflict where the same payment
    (day, amount, reference) stands already or where it is more than what is open.
    """
    scope.require(Role.BILLING, Role.ADMIN, Role.SYSTEM)
    reference = reference.strip()
    _check(settings, amount, received_on, reference)
    invoice = get_for(session, scope, Invoice, invoice_id, lock=True)
    if _stands(session, invoice, amount, received_on, reference):
        raise Conflict("payment_twice", invoice=numbers.written(Series.INVOICE, invoice.number))
    _bring_down(session, scope, invoice, amount)
    payment = Payment(
        facility_id=scope.area,
        number=numbers.take(session, Series.RECEIPT),
        invoice_id=invoice.id,
        amount=amount,
        received_on=received_on,
        reference=reference,
        recorded_at=clock.now(),
        recorded_by=scope.login,
    )
    session.add(payment)
    session.flush()
    document = f"payment:{numbers.written(Series.RECEIPT, payment.number)}"
    ledger.post(session, scope, on=received_on, document=document, entries=ledger.received(amount))
    session.flush()
    audit.record(session, scope, "payment.recorded", items=[f"payment:{payment.id}", f"invoice:{invoice.id}"])
    return payment


def _check(settings: Settings, amount: int, received_on: date, reference: str) -> None:
    if amount <= 0:
        raise Invalid("payment_amount", field="amount")
    if received_on > clock.today(settings.provider.zone):
        raise Invalid("payment_to_come", field="received_on")
    if len(reference) > LONGEST_REFERENCE:
        raise Invalid("too_long", field="reference")


def _stands(session: Session, invoice: Invoice, amount: int, received_on: date, reference: str) -> bool:
    same = select(Payment.id).where(
        Payment.invoice_id == invoice.id,
        Payment.amount == amount,
        Payment.received_on == received_on,
        Payment.reference == reference,
    )
    return session.scalar(same.limit(1)) is not None


def _bring_down(session: Session, scope: Scope, invoice: Invoice, amount: int) -> None:
    """Guarded, so that of two payments at once only what is open is taken."""
    mine = update(Invoice).where(Invoice.id == invoice.id, Invoice.facility_id == scope.area)
    paid = mine.where(Invoice.outstanding >= amount).values(outstanding=Invoice.outstanding - amount)
    if not count_changed(session, paid):
        number = numbers.written(Series.INVOICE, invoice.number)
        raise Conflict("payment_above_open", open=max(invoice.outstanding, 0), invoice=number)
