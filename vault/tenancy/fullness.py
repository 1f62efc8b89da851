"""How full all areas are, by the steps at which somebody is told, and the fullest first."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from vault.base.scope import Role, Scope
from vault.tenancy import facilities
from vault.tenancy.filling import LEVELS
from vault.tenancy.models import Facility, Space


@dataclass(frozen=True)
class Filled:
    """An area, in bytes: `taken` is used or promised; `capacity` None is no limit."""

    facility_id: str
    facility: str
    code: str
    taken: int
    capacity: int | None


def by_level(session: Session, scope: Scope) -> dict[int, int]:
    """How many areas stand at 95, 90, 80 percent or more and how many below (0); one statement."""
    scope.require(Role.ADMIN)
    step = case(*[(Space.capacity * level <= _TAKEN * 100, level) for level in LEVELS], else_=0)
    each = select(step.label("step")).where(Space.target_id == "").subquery()
    counted = select(each.c.step, func.count()).group_by(each.c.step)
    return dict.fromkeys((*LEVELS, 0), 0) | dict(session.execute(counted).all())


def fullest(session: Session, scope: Scope, *, q: str = "", offset: int = 0, limit: int | None = None) -> list[Filled]:
    """The fullest first, those without a limit last; `q`: a part of the facility's name or code."""
    scope.require(Role.ADMIN)
    full = case((Space.capacity > 0, _TAKEN * 1.0 / Space.capacity), else_=None)
    wanted = (
        select(Facility.id, Facility.name, Facility.code, _TAKEN, Space.capacity)
        .join(Facility, Facility.id == Space.facility_id)
        .where(Space.target_id == "")
    )
    wanted = wanted.where(facilities.called(q))
    ordered = wanted.order_by(full.is_(None), full.desc(), Facility.code).offset(offset).limit(limit)
    return [Filled(*row) for row in session.execute(ordered)]


_TAKEN = Space.used + Space.reserved
