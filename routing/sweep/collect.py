"""Collecting: a batch of requests is claimed by one UPDATE, so that several sweeps never take the same one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, or_, select, update
from sqlalchemy.orm import Session

from routing.requests.models import URGENT, Request, RequestEvent
from routing.requests.states import RequestState
from vault.base import clock, ids
from vault.base.scope import Scope, Side

BATCH = 50
CLAIM = timedelta(seconds=60)
"""How long a collected request is this sweep's; after that its sweep is taken for dead, and the next one has it."""


@dataclass(frozen=True)
class Sweep:
    """One run: who it is, from when on it collects nothing new, and in which areas (None: all)."""

    holder: str
    started: datetime
    facilities: frozenset[str] | None = None

    @classmethod
    def begin(cls, facilities: Collection[str] | None = None) -> "Sweep":
        """A run that begins now."""
        return cls(ids.new(), clock.now(), None if facilities is None else frozenset(facilities))


@dataclass(frozen=True)
class Collected:
    """One collected request: enough to load it through its own area."""

    request_id: str
    facility_id: str

    @property
    def scope(self) -> Scope:
        return Scope.system(self.facility_id)


def count_waiting(session: Session, run: Sweep) -> int:
    """How many requests the run would collect now."""
    return session.scalar(select(func.count()).select_from(Request).where(_waiting(run))) or 0


def collect(session: Session, run: Sweep) -> list[Collected] | None:
    """
    Claim the next batch: urgent ones first, then one of each area in turn, each area's in the order filed.

    None when nothing waits any more; an empty list when others were quicker and it is right to look again.
    """
    candidates = session.scalars(_in_turn(run).limit(BATCH)).all()
    if not candidates:
        return None
    now = clock.now()
    claim = update(Request).where(Request.id.in_(candidates), _waiting(run))
    won = session.execute(
        claim.values(
            state=RequestState.SWEPT.value,
            moved_at=now,
            sweep_holder=run.holder,
            sweep_until=now + CLAIM,
            version=Request.version + 1,
        ).returning(Request.id, Request.facility_id),
        execution_options={"synchronize_session": False},
    )
    found = {request_id: Collected(request_id, facility_id) for request_id, facility_id in won}
    if found:
        session.execute(insert(RequestEvent), [_event(one, now) for one in found.values()])
    return [found[request_id] for request_id in candidates if request_id in found]


def _in_turn(run: Sweep) -> Select[str]:
    turn = func.row_number().over(partition_by=Request.facility_id, order_by=(Request.filed_at, Request.id))
    waiting = (
        select(
            Request.id,
            Request.filed_at,
            case((Request.urgency == URGENT, 0), else_=1).label("calm"),
            turn.label("turn"),
        )
        .where(_waiting(run))
        .subquery()
    )
    return select(waiting.c.id).order_by(waiting.c.calm, waiting.c.turn, waiting.c.filed_at, waiting.c.id)


def _waiting(run: Sweep) -> ColumnElement[bool]:
    """Filed and not collected, or collected by a sweep that died before it had routed it."""
    left_behind = and_(Request.state == RequestState.SWEPT.value, Request.sweep_until < clock.now())
    filed = and_(Request.state == RequestState.FILED.value, Request.filed_at <= run.started)
    if run.facilities is None:
        return or_(filed, left_behind)
    return and_(or_(filed, left_behind), Request.facility_id.in_(run.facilities))


def _event(one: Collected, at: datetime) -> dict[str, object]:
    return {
        "id": ids.new(),
        "facility_id": one.facility_id,
        "request_id": one.request_id,
        "code": "request.swept",
        "values": {},
        "by": one.scope.name,
        "side": Side.SYSTEM.value,
        "at": at,
    }
