"""What runs out over all areas: contracts by their last day, and whether anything follows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from vault.base import clock
from vault.base.scope import Role, Scope
from vault.contracts.models import Contract
from vault.tenancy import facilities
from vault.tenancy.models import Facility, Target

DAYS = 90
STEPS = (30, 60, 90)


@dataclass(frozen=True)
class Ending:
    """A contract, where it is, and whether another takes up its target behind it."""

    id: str
    facility: str
    code: str
    target: str
    ends_on: date
    followed: bool


@dataclass(frozen=True)
class LastDay:
    """How many contracts have that last day, with nothing behind them (`bare`) and with something."""

    ends_on: date
    bare: int
    followed: int


def today(scope: Scope) -> date:
    """The provider's civil date, by which every area's last days are counted here."""
    return clock.today(scope.zone)


def by_day(session: Session, scope: Scope) -> list[LastDay]:
    """The days of the next 90 on which contracts end, the next one first; one statement."""
    scope.require(Role.ADMIN, Role.BILLING)
    each = select(Contract.ends_on, _follows().label("followed")).where(_soon(today(scope))).subquery()
    days = (each.c.ends_on, each.c.followed)
    found: dict[date, list[int]] = {}
    for day, followed, count in session.execute(select(*days, func.count()).group_by(*days)):
        found.setdefault(day, [0, 0])[bool(followed)] += count
    return [LastDay(day, *found[day]) for day in sorted(found)]


def listed(session: Session, scope: Scope, *, q: str = "", offset: int = 0, limit: int | None = None) -> list[Ending]:
    """Those contracts, the next to end first; `q`: a part of the facility's name or code."""
    scope.require(Role.ADMIN, Role.BILLING)
    wanted = (
        select(Contract.id, Facility.name, Facility.code, Target.name, Contract.ends_on, _follows())
        .join(Facility, Facility.id == Contract.facility_id)
        .join(Target, Target.id == Contract.target_id)
        .where(_soon(today(scope)))
        .order_by(Contract.ends_on, Facility.code, Contract.id)
    )
    return list(_endings(session, wanted.where(facilities.called(q)).offset(offset).limit(limit)))


def _endings(session: Session, statement: Select[*tuple[str, str, str, str, date | None, bool]]) -> Iterator[Ending]:
    for id_, facility, code, target, ends_on, followed in session.execute(statement):
        if ends_on is not None:
            yield Ending(id_, facility, code, target, ends_on, bool(followed))


def _soon(on: date) -> ColumnElement[bool]:
    return (Contract.ends_on >= on) & (Contract.ends_on < on + timedelta(days=DAYS))


def _follows() -> ColumnElement[bool]:
    """Whatever of the same target begins behind its end, be it at once or after a gap."""
    later = aliased(Contract)
    return exists().where(
        later.facility_id == Contract.facility_id, later.target_id == Contract.target_id, later.start > Contract.ends_on
    )
