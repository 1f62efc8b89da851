"""
The close of a month: preview, and close. It can be ended at any moment and run again: a term is charged once, by its
contract and first day, each batch of areas is one transaction, and numbers are given in it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import Database, insert_if_absent
from vault.base.errors import Conflict, Invalid
from vault.base.faults import Point, point
from vault.base.scope import Role, Scope
from vault.base.settings import Settings
from vault.billing import issuing, numbers
from vault.billing.drafts import Draft, draft
from vault.billing.issuing import Letterhead
from vault.billing.models import BillingMonth, CreditNote, Invoice, InvoiceLine
from vault.billing.months import Month
from vault.billing.numbers import Series
from vault.billing.tax import Rates
from vault.contracts.models import Contract
from vault.tenancy.models import Facility

BATCH = 100
"""Areas a transaction."""
MAY_CLOSE = (Role.BILLING, Role.ADMIN, Role.SYSTEM)
Told = Callable[[int, int], None]


def following(session: Session) -> Month | None:
    """The month to close next, ended or not; None where nothing was ever agreed."""
    begun = session.scalars(select(BillingMonth).order_by(BillingMonth.month.desc()).limit(1)).first()
    if begun is not None:
        month = Month.parse(begun.month)
        return month.following if begun.closed_at else month
    start = session.scalar(select(func.min(Contract.start)))
    return None if start is None else Month.of(start)


def has_ended(settings: Settings, month: Month) -> bool:
    """Whether the month is over where the provider is."""
    return month.last_day < clock.today(settings.provider.zone)


def check(session: Session, settings: Settings, month: Month) -> bool:
    """
    True where the month is to be closed, False where it is closed already.

    Raises Invalid where it has not ended, Conflict where another one comes first or nothing was ever agreed.
    """
    if not has_ended(settings, month):
        raise Invalid("month_not_ended", field="month", month=str(month))
    known = session.scalar(select(BillingMonth).where(BillingMonth.month == str(month)))
    if known is not None and known.closed_at is not None:
        return False
    expected = following(session)
    if expected is None:
        raise Conflict("nothing_agreed", month=str(month))
    if month != expected:
        raise Conflict("month_out_of_order", month=str(month), following=str(expected))
    return True


@dataclass(frozen=True)
class Foreseen:
    """What the close would bring one facility."""

    facility: Facility
    draft: Draft


def preview(session: Session, scope: Scope, settings: Settings, month: Month) -> Iterator[Foreseen]:
    """What the close of the month would charge and credit, facility by facility by code; changes nothing."""
    scope.require(*MAY_CLOSE)
    rates = Rates.of(settings.billing.further_rates())
    agreed = select(Contract.facility_id).where(Contract.start <= month.last_day)
    for facility in session.scalars(select(Facility).where(Facility.id.in_(agreed)).order_by(Facility.code)):
        found = draft(session, Scope.system(facility.id), rates, month)
        if found.lines or found.credits:
            yield Foreseen(facility, found)


def close(
    database: Database, scope: Scope, settings: Settings, month: Month, *, told: Told = lambda done, total: None
) -> dict[str, Any]:
    """Close the month, or go on where an earlier try was ended; its figures, the same again where it was closed."""
    scope.require(*MAY_CLOSE)
    areas = _begin(database, scope, settings, month)
    if areas is not None:
        point(Point.MONTH_BEGUN)
        for place in range(0, len(areas), BATCH):
            told(place, len(areas))
            _close_batch(database, settings, month, areas[place : place + BATCH], place)
            point(Point.MONTH_BATCH_DONE)
        _finish(database, scope, month)
        told(len(areas), len(areas))
    with database.read() as session:
        return figures(session, month)


def figures(session: Session, month: Month) -> dict[str, Any]:
    """What came of a closed month."""
    row = session.scalars(select(BillingMonth).where(BillingMonth.month == str(month))).one()
    return {"month": row.month, **(row.figures or {})}


def _begin(database: Database, scope: Scope, settings: Settings, month: Month) -> list[str] | None:
    """The areas that have agreed to anything by then, in a fixed order; None where the month is closed already."""
    with database.transaction() as session:
        if not check(session, settings, month):
            return None
        agreed = select(Contract.facility_id).where(Contract.start <= month.last_day).distinct()
        areas = list(session.scalars(agreed.order_by(Contract.facility_id)))
        begun = {"began_at": clock.now(), "began_by": scope.login, "areas": len(areas), "done": 0}
        insert_if_absent(session, BillingMonth, month=str(month), **begun)
    return areas


def _close_batch(database: Database, settings: Settings, month: Month, areas: Sequence[str], before: int) -> None:
    rates = Rates.of(settings.billing.further_rates())
    with database.transaction() as session:
        # Two closers at once go through the areas one after the other, and the second finds nothing left to charge.
        numbers.lock(session, Series.INVOICE)
        head = issuing.letterhead(session, settings)
        for facility in session.scalars(select(Facility).where(Facility.id.in_(areas)).order_by(Facility.id)).all():
            with session.no_autoflush:  # what an area reads is its own: the rows of a batch are written together
                _close_area(session, head, rates, month, facility)
            point(Point.MONTH_INVOICED)
        done = update(BillingMonth).where(BillingMonth.month == str(month)).values(done=before + len(areas))
        session.execute(done)


def _close_area(session: Session, head: Letterhead, rates: Rates, month: Month, facility: Facility) -> None:
    scope = Scope.system(facility.id)
    found = draft(session, scope, rates, month)
    if found.lines:
        issuing.invoice(session, scope, head, month, facility, found.lines)
    if found.credits:
        session.flush()
        for invoice_id in dict.fromkeys(line.invoice_id for _credit, line in found.credits):
            credits = [credit for credit, line in found.credits if line.invoice_id == invoice_id]
            issuing.credit_note(session, scope, head, month, facility, invoice_id, credits)


def _finish(database: Database, scope: Scope, month: Month) -> None:
    """Write down what the month came to; a second closer that arrives here changes nothing."""
    with database.transaction() as session:
        row = session.scalars(
            select(BillingMonth).where(BillingMonth.month == str(month)).with_for_update(), execution_options=_FRESH
        ).one()
        if row.closed_at is None:
            row.closed_at, row.figures = clock.now(), _count(session, month)
            session.flush()
            audit.record(session, scope, "month.closed", items=[f"month:{month}"])


_FRESH = {"populate_existing": True}


def _count(session: Session, month: Month) -> dict[str, Any]:
    def sums(model: type[Invoice] | type[CreditNote]) -> tuple[int, ...]:
        columns = (func.count(), *(func.sum(column) for column in (model.subtotal, model.tax, model.total)))
        return tuple(
            int(value or 0) for value in session.execute(select(*columns).where(model.month == str(month))).one()
        )

    invoices, subtotal, tax, total = sums(Invoice)
    notes, _subtotal, _tax, credited = sums(CreditNote)
    lines = session.scalar(select(func.count()).where(InvoiceLine.month == str(month)))
    return {
        "invoices": invoices,
        "lines": lines or 0,
        "subtotal": subtotal,
        "tax": tax,
        "total": total,
        "credit_notes": notes,
        "credited": credited,
    }
