"""What was billed and paid month by month, and what is open by its age; over all areas, or of the caller's own."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from vault.base.scope import Role, Scope, scoped
from vault.billing.models import CreditNote, Invoice, Payment
from vault.billing.months import Month
from vault.tenancy import facilities
from vault.tenancy.models import DELUXE, ECONOMY, Facility

MONTHS = 12
AGES = (30, 60, 90)
"""In days past the day on which it was payable: up to the first, up to the second, and so on; more than the last."""


@dataclass(frozen=True)
class MonthFigures:
    """In yen, tax included: invoiced for a month by the class of its area, credited for it, and received in it."""

    month: Month
    economy: int = 0
    deluxe: int = 0
    credited: int = 0
    received: int = 0

    @property
    def billed(self) -> int:
        """Over both classes."""
        return self.economy + self.deluxe


@dataclass(frozen=True)
class Age:
    """What is open and is so many days late: from `first` to `last` (None: and more); before 1 it is not late."""

    first: int | None
    last: int | None
    invoices: int
    amount: int


@dataclass(frozen=True)
class OpenInvoice:
    """An invoice with something open on it."""

    number: int
    facility: str
    code: str
    due_on: date
    total: int
    outstanding: int


def last_months(today: date, count: int = MONTHS) -> list[Month]:
    """The months up to that day's own, the oldest first."""
    place = today.year * 12 + today.month - 1
    return [Month(at // 12, at % 12 + 1) for at in range(place - count + 1, place + 1)]


def by_month(session: Session, scope: Scope, months: Sequence[Month]) -> list[MonthFigures]:
    """Those months over all areas, for who keeps the books; three statements."""
    scope.require(Role.ADMIN, Role.BILLING)
    return _figures(session, months, None)


def of_area(session: Session, scope: Scope, months: Sequence[Month]) -> list[MonthFigures]:
    """Those months of the caller's own area; three statements."""
    scope.require(Role.FACILITY_ADMIN)
    return _figures(session, months, scope)


def _figures(session: Session, months: Sequence[Month], mine: Scope | None) -> list[MonthFigures]:
    named = [str(one) for one in months]
    which = (Invoice.month, Facility.service_class)
    billed = select(*which, func.sum(Invoice.total)).where(Invoice.month.in_(named)).group_by(*which)
    billed = billed.join(Facility, Facility.id == Invoice.facility_id)
    credits = select(CreditNote.month, func.sum(CreditNote.total)).where(CreditNote.month.in_(named))
    received = select(Payment.received_on, func.sum(Payment.amount)).group_by(Payment.received_on)
    received = received.where(Payment.received_on.between(months[0].first_day, months[-1].last_day))
    if mine is not None:
        billed = scoped(billed, mine, Invoice)
        credits, received = scoped(credits, mine, CreditNote), scoped(received, mine, Payment)
    sums = {(month, of_class): int(total) for month, of_class, total in session.execute(billed)}
    credited = {month: int(total) for month, total in session.execute(credits.group_by(CreditNote.month))}
    came: dict[Month, int] = defaultdict(int)
    for day, amount in session.execute(received):
        came[Month.of(day)] += int(amount)
    return [
        MonthFigures(one, sums.get((name, ECONOMY), 0), sums.get((name, DELUXE), 0), credited.get(name, 0), came[one])
        for one, name in zip(months, named, strict=True)
    ]


def by_age(session: Session, scope: Scope, today: date) -> list[Age]:
    """What is open by how late it is, the youngest first; one statement, what was paid too much left out."""
    scope.require(Role.ADMIN, Role.BILLING)
    firsts = (1, *(days + 1 for days in AGES))
    step = case(*[(Invoice.due_on <= today - timedelta(days=first), first) for first in reversed(firsts)], else_=0)
    each = select(step.label("step"), Invoice.outstanding).where(Invoice.outstanding > 0).subquery()
    counted = select(each.c.step, func.count(), func.sum(each.c.outstanding)).group_by(each.c.step)
    found = {first: (count, int(amount)) for first, count, amount in session.execute(counted)}
    lasts = (0, *AGES, None)
    return [
        Age(first or None, last, *found.get(first, (0, 0))) for first, last in zip((0, *firsts), lasts, strict=True)
    ]


def open_invoices(
    session: Session, scope: Scope, *, q: str = "", offset: int = 0, limit: int | None = None
) -> list[OpenInvoice]:
    """Those invoices, the longest due first; `q`: a part of the facility's name or code."""
    scope.require(Role.ADMIN, Role.BILLING)
    wanted: Select[*tuple[int, str, str, date, int, int]] = (
        select(Invoice.number, Facility.name, Facility.code, Invoice.due_on, Invoice.total, Invoice.outstanding)
        .join(Facility, Facility.id == Invoice.facility_id)
        .where(Invoice.outstanding > 0)
        .order_by(Invoice.due_on, Invoice.number)
    )
    shown = wanted.where(facilities.called(q)).offset(offset).limit(limit)
    return [OpenInvoice(*row) for row in session.execute(shown)]
