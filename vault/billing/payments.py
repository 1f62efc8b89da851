"""Money that came: recorded for an invoice, by hand or out of a line of the bank's statement; reversed where wrong."""

from datetime import date

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import count_changed
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Role, Scope, get_for, scoped
from vault.base.settings import Settings
from vault.billing import deposits, ledger, numbers
from vault.billing.models import BankLine, Invoice, Payment, PaymentReversal
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
    bank_line_id: str | None = None,
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
    if bank_line_id is None and _stands(session, invoice.id, amount, received_on, reference):
        raise Conflict("payment_twice", invoice=numbers.written(Series.INVOICE, invoice.number))
    _bring_down(session, scope, invoice, amount)
    payment = Payment(
        facility_id=scope.area,
        number=numbers.take(session, Series.RECEIPT),
        invoice_id=invoice.id,
        bank_line_id=bank_line_id,
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


def reverse(session: Session, scope: Scope, payment_id: str) -> Payment:
    """
    Take back a payment that was recorded wrongly, by a posting of its own: what it brought down is open again.

    Raises Conflict where it was reversed already, or where what it paid too much was kept as credit meanwhile.
    """
    scope.require(Role.BILLING, Role.ADMIN, Role.SYSTEM)
    payment = get_for(session, scope, Payment, payment_id, lock=True)
    number = numbers.written(Series.RECEIPT, payment.number)
    if is_reversed(session, scope, payment):
        raise Conflict("payment_reversed", receipt=number)
    if deposits.moved_from(session, scope, payment.invoice_id):
        raise Conflict("payment_moved_on", receipt=number)
    now, today = clock.now(), clock.today(scope.zone)
    row = PaymentReversal(facility_id=scope.area, payment_id=payment.id, reversed_at=now, reversed_by=scope.login)
    session.add(row)
    _bring_up(session, scope, payment)
    entries = ledger.reversed_(ledger.received(payment.amount))
    ledger.post(session, scope, on=today, document=f"reversal:{number}", entries=entries)
    session.flush()
    audit.record(session, scope, "payment.reversed", items=[f"payment:{payment.id}", f"invoice:{payment.invoice_id}"])
    return payment


def is_reversed(session: Session, scope: Scope, payment: Payment) -> bool:
    """Whether the payment was taken back."""
    mine = scoped(select(PaymentReversal.id), scope, PaymentReversal)
    return session.scalar(mine.where(PaymentReversal.payment_id == payment.id)) is not None


def _bring_up(session: Session, scope: Scope, payment: Payment) -> None:
    mine = update(Invoice).where(Invoice.id == payment.invoice_id, Invoice.facility_id == scope.area)
    session.execute(mine.values(outstanding=Invoice.outstanding + payment.amount))
    if payment.bank_line_id is not None:
        line = update(BankLine).where(BankLine.id == payment.bank_line_id)
        session.execute(line.values(open=BankLine.open + payment.amount))


def stands_by_hand(session: Session, invoice_id: str, amount: int, received_on: date) -> bool:
    """Whether a payment of that day and amount was recorded by hand and not reversed: the bank's line may be it."""
    same = _standing(invoice_id, amount, received_on).where(Payment.bank_line_id.is_(None))
    return session.scalar(same.limit(1)) is not None


def _stands(session: Session, invoice_id: str, amount: int, received_on: date, reference: str) -> bool:
    same = _standing(invoice_id, amount, received_on).where(Payment.reference == reference)
    return session.scalar(same.limit(1)) is not None


def _standing(invoice_id: str, amount: int, received_on: date) -> Select[str]:
    """Such payments, those apart that were reversed."""
    return (
        select(Payment.id)
        .outerjoin(PaymentReversal, PaymentReversal.payment_id == Payment.id)
        .where(
            PaymentReversal.id.is_(None),
            Payment.invoice_id == invoice_id,
            Payment.amount == amount,
            Payment.received_on == received_on,
        )
    )


def _bring_down(session: Session, scope: Scope, invoice: Invoice, amount: int) -> None:
    """Guarded, so that of two payments at once only what is open is taken."""
    mine = update(Invoice).where(Invoice.id == invoice.id, Invoice.facility_id == scope.area)
    paid = mine.where(Invoice.outstanding >= amount).values(outstanding=Invoice.outstanding - amount)
    if not count_changed(session, paid):
        number = numbers.written(Series.INVOICE, invoice.number)
        raise Conflict("payment_above_open", open=max(invoice.outstanding, 0), invoice=number)
