"""The bank's lines, read: what is open with its proposals, what was matched to what. Over all areas, for the books."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from vault.base.scope import Role, Scope
from vault.billing import bank_values, matching
from vault.billing.deposits import Kind
from vault.billing.matching import Known, Owing, Proposal
from vault.billing.models import BankLine, Deposit, Invoice, Payment, PaymentReversal
from vault.tenancy.models import Facility

KEEPERS = (Role.BILLING, Role.ADMIN, Role.SYSTEM)
MOST_SHOWN = 100


def owing(session: Session, scope: Scope, only: Collection[str] | None = None) -> list[Owing]:
    """Invoices on which something is open, the longest due first; of those ids where some are given."""
    scope.require(*KEEPERS)
    wanted = select(Invoice, Facility.name).join(Facility, Facility.id == Invoice.facility_id)
    wanted = wanted.where(Invoice.outstanding > 0).order_by(Invoice.due_on, Invoice.number)
    if only is not None:
        wanted = wanted.where(Invoice.id.in_(only))
    rows = session.execute(wanted.execution_options(populate_existing=True))
    return [Owing(one.id, one.number, one.facility_id, name, one.due_on, one.outstanding) for one, name in rows]


def proposals(session: Session, scope: Scope, lines: Sequence[BankLine]) -> list[Proposal | None]:
    """For each line what it is likely for."""
    scope.require(*KEEPERS)
    open_, known = owing(session, scope), _known(session, {line.payer_key for line in lines})
    return [
        matching.propose(line.open, f"{line.payer} {line.reference}", line.payer_key, open_, known) for line in lines
    ]


def open_lines(session: Session, scope: Scope) -> list[BankLine]:
    """Lines of which something is matched to nothing and that are not set aside, the oldest first."""
    scope.require(*KEEPERS)
    wanted = select(BankLine).where(BankLine.open > 0, BankLine.set_aside.is_(None))
    return list(session.scalars(wanted.order_by(BankLine.received_on, BankLine.id).limit(MOST_SHOWN)))


def count_open(session: Session, scope: Scope) -> tuple[int, int]:
    """How many such lines there are, and what is open of them."""
    scope.require(*KEEPERS)
    wanted = select(func.count(), func.sum(BankLine.open)).where(BankLine.open > 0, BankLine.set_aside.is_(None))
    count, amount = session.execute(wanted).one()
    return int(count), int(amount or 0)


@dataclass(frozen=True)
class Settled:
    """A line that was matched, or set aside, with what it paid."""

    line: BankLine
    payments: list[tuple[Payment, Invoice, str]]
    kept: int


def settled(session: Session, scope: Scope) -> list[Settled]:
    """The latest lines that are matched (in part, too) or set aside."""
    scope.require(*KEEPERS)
    done = select(BankLine).where((BankLine.open < BankLine.amount) | BankLine.set_aside.is_not(None))
    lines = list(session.scalars(done.order_by(BankLine.received_on.desc(), BankLine.id.desc()).limit(MOST_SHOWN)))
    paid = _paid(session, [line.id for line in lines])
    kept = _kept(session, [line.id for line in lines])
    return [
        Settled(line, [row for row in paid if row[0].bank_line_id == line.id], kept.get(line.id, 0)) for line in lines
    ]


def payments_of(session: Session, scope: Scope, line_ids: Sequence[str]) -> list[Payment]:
    """The payments out of those lines that stand."""
    scope.require(*KEEPERS)
    return [payment for payment, _invoice, _name in _paid(session, line_ids)]


def kept_for(session: Session, scope: Scope, line_id: str) -> list[str]:
    """The areas for which something of the line is held."""
    scope.require(*KEEPERS)
    mine = select(Deposit.facility_id).where(Deposit.bank_line_id == line_id).group_by(Deposit.facility_id)
    return list(session.scalars(mine.having(func.sum(Deposit.amount) > 0)))


def held(session: Session, scope: Scope) -> list[tuple[Facility, int]]:
    """What is held for facilities, by name."""
    scope.require(*KEEPERS)
    sums = select(Deposit.facility_id, func.sum(Deposit.amount).label("held")).group_by(Deposit.facility_id).subquery()
    rows = select(Facility, sums.c.held).join(sums, sums.c.facility_id == Facility.id).where(sums.c.held != 0)
    return [(facility, int(amount)) for facility, amount in session.execute(rows.order_by(Facility.name))]


@dataclass(frozen=True)
class Movement:
    """What came to or went from the money held for a facility; `undoable` while it stands and is no refund."""

    deposit: Deposit
    facility: Facility
    undoable: bool


def movements(session: Session, scope: Scope, *, limit: int = 20) -> list[Movement]:
    """The latest over all areas."""
    scope.require(*KEEPERS)
    back = aliased(Deposit)
    wanted = select(Deposit, Facility, back.id).join(Facility, Facility.id == Deposit.facility_id)
    rows = session.execute(wanted.outerjoin(back, back.reverses == Deposit.id).order_by(Deposit.id.desc()).limit(limit))
    return [
        Movement(one, facility, undone is None and one.reverses is None and one.kind != Kind.REFUNDED)
        for one, facility, undone in rows
    ]


def area_of_deposit(session: Session, scope: Scope, deposit_id: str) -> str | None:
    """For which area it is; None where there is no such."""
    scope.require(*KEEPERS)
    return session.scalar(select(Deposit.facility_id).where(Deposit.id == deposit_id))


def known_digests(session: Session, scope: Scope, digests: Sequence[str]) -> set[str]:
    """Those of the digests whose lines were taken already."""
    scope.require(*KEEPERS)
    found: set[str] = set()
    for place in range(0, len(digests), 500):
        part = BankLine.digest.in_(digests[place : place + 500])
        found.update(session.scalars(select(BankLine.digest).where(part)))
    return found


def _paid(session: Session, line_ids: Sequence[str]) -> list[tuple[Payment, Invoice, str]]:
    wanted = (
        select(Payment, Invoice, Facility.name)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .join(Facility, Facility.id == Payment.facility_id)
        .outerjoin(PaymentReversal, PaymentReversal.payment_id == Payment.id)
        .where(PaymentReversal.id.is_(None), Payment.bank_line_id.in_(line_ids))
    )
    return [(payment, invoice, name) for payment, invoice, name in session.execute(wanted.order_by(Payment.number))]


def _kept(session: Session, line_ids: Sequence[str]) -> dict[str, int]:
    sums = select(Deposit.bank_line_id, func.sum(Deposit.amount)).where(Deposit.bank_line_id.in_(line_ids))
    return {str(line): int(amount) for line, amount in session.execute(sums.group_by(Deposit.bank_line_id))}


def _known(session: Session, keys: Collection[str]) -> Known:
    """Learned from the matches that stand: one that was undone is forgotten with it."""
    paid = (
        select(BankLine.payer_key, Payment.facility_id)
        .join(Payment, Payment.bank_line_id == BankLine.id)
        .outerjoin(PaymentReversal, PaymentReversal.payment_id == Payment.id)
        .where(PaymentReversal.id.is_(None), BankLine.payer_key.in_(keys))
        .distinct()
    )
    payers: dict[str, list[str]] = {}
    for key, area in session.execute(paid):
        payers.setdefault(key, []).append(area)
    names: dict[str, list[str]] = {}
    for area, name in session.execute(select(Facility.id, Facility.name)):
        names.setdefault(bank_values.payer_key(name), []).append(area)
    return Known(payers, names)
