"""The last 30 nights over all areas: how many nights went wrong on each, and facility by facility, the worst first."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from vault.backup.models import DueRun, DueState
from vault.backup.overview import GIVEN_UP, SPAN
from vault.base import clock
from vault.base.scope import Role, Scope, scoped
from vault.tenancy import facilities
from vault.tenancy.models import Facility

NIGHTS = SPAN.days


class Worst(IntEnum):
    """The worst of a facility's targets in one night, the greater the worse."""

    FINE = 0
    MADE_GOOD = 1
    LATE = 2
    FAILED = 3
    MISSED = 4


@dataclass(frozen=True)
class Place:
    """A facility: how many nights of its targets went wrong, how many of them are still open, and night by night."""

    facility: str
    code: str
    wrong: int
    open: int
    nights: dict[date, Worst]


def days(scope: Scope) -> list[date]:
    """The last 30 civil dates, the oldest first, today the last."""
    today = clock.today(scope.zone)
    return [today - timedelta(days=NIGHTS - 1 - number) for number in range(NIGHTS)]


def by_night(session: Session, scope: Scope) -> dict[date, dict[Worst, int]]:
    """How many targets' nights of each date went wrong, and how; one statement."""
    scope.require(Role.ADMIN)
    made_good = DueRun.made_good_at.is_not(None)
    counted = select(DueRun.night, DueRun.state, made_good, func.count()).where(_wrong())
    found: dict[date, dict[Worst, int]] = defaultdict(lambda: defaultdict(int))
    for night, state, good, count in session.execute(counted.group_by(DueRun.night, DueRun.state, made_good)):
        found[night][_worst(state, good)] += count
    return found


def places(session: Session, scope: Scope, *, q: str = "", offset: int = 0, limit: int | None = None) -> list[Place]:
    """Facilities with a night that went wrong, the most that is still open first; `q`: part of the name or code."""
    scope.require(Role.ADMIN)
    open_ = func.sum(case((DueRun.made_good_at.is_(None), 1), else_=0))
    wanted = (
        select(Facility.id, Facility.name, Facility.code, func.count(DueRun.id), open_)
        .join(Facility, Facility.id == DueRun.facility_id)
        .where(_wrong())
        .group_by(Facility.id, Facility.name, Facility.code)
        .order_by(open_.desc(), func.count(DueRun.id).desc(), Facility.code)
    )
    rows = session.execute(wanted.where(facilities.called(q)).offset(offset).limit(limit)).all()
    nights = _nights(session, None if limit is None else [row[0] for row in rows])
    return [Place(name, code, wrong, still, nights[id_]) for id_, name, code, wrong, still in rows]


def of_area(session: Session, scope: Scope) -> dict[str, dict[date, Worst]]:
    """The caller's own: each target that nights were asked of, by its id, and what became of them; one statement."""
    mine = select(DueRun.target_id, DueRun.night, DueRun.state, DueRun.made_good_at.is_not(None)).where(
        DueRun.due_at > clock.now() - SPAN, DueRun.due_at <= clock.now(), DueRun.state != DueState.OFF
    )
    found: dict[str, dict[date, Worst]] = defaultdict(dict)
    for target, night, state, good in session.execute(scoped(mine, scope, DueRun)):
        found[target][night] = _worst(state, good)
    return found


def _nights(session: Session, areas: Collection[str] | None) -> dict[str, dict[date, Worst]]:
    wanted = select(DueRun.facility_id, DueRun.night, DueRun.state, DueRun.made_good_at.is_not(None)).where(_wrong())
    if areas is not None:
        wanted = wanted.where(DueRun.facility_id.in_(areas))
    found: dict[str, dict[date, Worst]] = defaultdict(dict)
    for area, night, state, good in session.execute(wanted):
        found[area][night] = max(found[area].get(night, Worst.FINE), _worst(state, good))
    return found


def _worst(state: str, made_good: bool) -> Worst:
    if made_good:
        return Worst.MADE_GOOD
    known = {DueState.MISSED: Worst.MISSED, DueState.FAILED: Worst.FAILED, DueState.LATE: Worst.LATE}
    return known.get(DueState(state), Worst.FINE)


def _wrong() -> ColumnElement[bool]:
    now = clock.now()
    states = DueRun.state.in_([*GIVEN_UP, DueState.LATE.value])
    return states & (DueRun.due_at > now - SPAN) & (DueRun.due_at <= now)
