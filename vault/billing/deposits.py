"""Money held for a facility: kept of what it paid too much, used for its next invoice, or refunded."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock, ids
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Role, Scope, get_for, scoped
from vault.base.settings import Settings
from vault.billing import ledger
from vault.billing.ledger import Account
from vault.billing.models import BankLine, Deposit, Invoice
from vault.tenancy.models import Facility


class Kind(StrEnum):
    """Whence it came and where it went."""

    KEPT = "kept"
    MOVED = "moved"
    USED = "used"
    REFUNDED = "refunded"


_OTHER_SIDE = {
    Kind.KEPT: Account.CASH,
    Kind.MOVED: Account.RECEIVABLE,
    Kind.USED: Account.RECEIVABLE,
    Kind.REFUNDED: Account.CASH,
}
"""The account that each is posted against."""


def balance(session: Session, scope: Scope) -> int:
    """What is held for the scope's area."""
    return int(session.scalar(scoped(select(func.sum(Deposit.amount)), scope, Deposit)) or 0)


def keep(session: Session, scope: Scope, line: BankLine, amount: int) -> Deposit:
    """Hold for the area what a line of the bank brought beyond its invoices."""
    _alone(session, scope)
    return _add(session, scope, Kind.KEPT, amount, line.received_on, bank_line_id=line.id, reference=line.payer[:200])


def move(session: Session, scope: Scope, invoice_id: str) -> Deposit:
    """Hold what an invoice was paid too much; Conflict where it was not."""
    _alone(session, scope)
    invoice = get_for(session, scope, Invoice, invoice_id, lock=True)
    over = -invoice.outstanding
    if over <= 0:
        raise Conflict("not_overpaid")
    _change_outstanding(session, scope, invoice.id, over)
    return _add(session, scope, Kind.MOVED, over, clock.today(scope.zone), invoice_id=invoice.id)


def use(session: Session, scope: Scope, invoice_id: str) -> Deposit:
    """Pay an open invoice of what is held, as far as it goes; Conflict where nothing is held or open."""
    _alone(session, scope)
    invoice = get_for(session, scope, Invoice, invoice_id, lock=True)
    amount = min(balance(session, scope), invoice.outstanding)
    if amount <= 0:
        raise Conflict("nothing_held")
    _change_outstanding(session, scope, invoice.id, -amount)
    return _add(session, scope, Kind.USED, -amount, clock.today(scope.zone), invoice_id=invoice.id)


def refund(session: Session, scope: Scope, settings: Settings, *, amount: int, on: date, reference: str) -> Deposit:
    """
    Money sent back to the facility on that day. Raises Invalid for an amount or day that cannot be, Conflict where it
    is more than is held or was recorded already.
    """
    _alone(session, scope)
    reference = reference.strip()[:200]
    if amount <= 0:
        raise Invalid("payment_amount", field="amount")
    if on > clock.today(settings.provider.zone):
        raise Invalid("payment_to_come", field="on")
    if (held := balance(session, scope)) < amount:
        raise Conflict("refund_above_held", held=held)
    same = (Deposit.kind == Kind.REFUNDED, Deposit.amount == -amount, Deposit.on == on, Deposit.reference == reference)
    if session.scalar(scoped(select(Deposit.id), scope, Deposit).where(*same).limit(1)) is not None:
        raise Conflict("refund_twice")
    return _add(session, scope, Kind.REFUNDED, -amount, on, reference=reference)


def undo(session: Session, scope: Scope, deposit_id: str) -> Deposit:
    """
    Take back what was kept, moved or used by mistake, by a posting of its own.

    Raises Conflict where that was done already, where the money is gone meanwhile, or for a refund: it was sent.
    """
    _alone(session, scope)
    found = get_for(session, scope, Deposit, deposit_id, lock=True)
    if found.reverses is not None or found.kind == Kind.REFUNDED or _undone(session, scope, found):
        raise Conflict("deposit_undone")
    if balance(session, scope) < found.amount:
        raise Conflict("deposit_used")
    if found.invoice_id is not None:
        _change_outstanding(session, scope, found.invoice_id, -found.amount)
    if found.bank_line_id is not None:
        line = update(BankLine).where(BankLine.id == found.bank_line_id)
        session.execute(line.values(open=BankLine.open + found.amount))
    today = clock.today(scope.zone)
    return _add(
        session,
        scope,
        Kind(found.kind),
        -found.amount,
        today,
        invoice_id=found.invoice_id,
        bank_line_id=found.bank_line_id,
        reverses=found.id,
    )


def standing(session: Session, scope: Scope, *, bank_line_id: str) -> list[Deposit]:
    """What was kept of that line for the area and not taken back."""
    mine = scoped(select(Deposit), scope, Deposit).where(Deposit.bank_line_id == bank_line_id)
    rows = list(session.scalars(mine.order_by(Deposit.id)))
    undone = {row.reverses for row in rows}
    return [row for row in rows if row.reverses is None and row.id not in undone]


def moved_from(session: Session, scope: Scope, invoice_id: str) -> bool:
    """Whether what was paid too much of the invoice is held now."""
    moved = scoped(select(func.sum(Deposit.amount)), scope, Deposit)
    return bool(session.scalar(moved.where(Deposit.invoice_id == invoice_id, Deposit.kind == Kind.MOVED)))


def _alone(session: Session, scope: Scope) -> None:
    """Who keeps the books, and nobody else at this area's money until the transaction ends."""
    scope.require(Role.BILLING, Role.ADMIN, Role.SYSTEM)
    session.execute(select(Facility.id).where(Facility.id == scope.area).with_for_update())


def _undone(session: Session, scope: Scope, found: Deposit) -> bool:
    return session.scalar(scoped(select(Deposit.id), scope, Deposit).where(Deposit.reverses == found.id)) is not None


def _change_outstanding(session: Session, scope: Scope, invoice_id: str, by: int) -> None:
    mine = update(Invoice).where(Invoice.id == invoice_id, Invoice.facility_id == scope.area)
    session.execute(mine.values(outstanding=Invoice.outstanding + by))


def _add(session: Session, scope: Scope, kind: Kind, amount: int, on: date, **more: Any) -> Deposit:
    row = Deposit(
        id=ids.new(),
        facility_id=scope.area,
        kind=kind.value,
        amount=amount,
        on=on,
        at=clock.now(),
        by=scope.login,
        **{"reference": "", **more},
    )
    session.add(row)
    entries = {_OTHER_SIDE[kind]: amount, Account.DEPOSITS: -amount}
    ledger.post(session, scope, on=on, document=f"deposit:{row.id}", entries=entries)
    session.flush()
    audit.record(session, scope, f"deposit.{kind}", items=[f"deposit:{row.id}"])
    return row
