"""How the backups of an area stand, target by target, and who missed theirs over all areas: what pages show."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from vault.backup import service
from vault.backup.models import BackupRun, DueRun, DueState, RunState
from vault.base import clock
from vault.base.scope import Role, Scope, scoped
from vault.contracts import queries as contracts
from vault.contracts.models import Contract
from vault.tenancy import facilities
from vault.tenancy.models import Device, Facility, Target

SPAN = timedelta(days=30)
GIVEN_UP = (DueState.MISSED.value, DueState.FAILED.value)


@dataclass(frozen=True)
class Night:
    """One night of a target; `made_good`: a later run brought what this one did not."""

    night: date
    state: DueState
    made_good: bool


@dataclass(frozen=True)
class Station:
    """A device of a target and its latest run: None before the first. `missing` counts images that never arrived."""

    login: str
    seen_at: datetime | None
    run_at: datetime | None = None
    state: RunState | None = None
    missing: int = 0
    error: str = ""


@dataclass(frozen=True)
class Standing:
    """
    A target under contract. `whole_at`: when a run of it last brought everything; `next_at`: the next nightly one;
    `nights`: the last 30 days, oldest first, empty where no clock starts its runs.
    """

    contract: Contract
    whole_at: datetime | None
    next_at: datetime | None
    nights: list[Night]
    stations: list[Station]

    @property
    def last(self) -> Night | None:
        """The latest night whose hour has come."""
        return self.nights[-1] if self.nights else None

    @property
    def open(self) -> int:
        """Nights that were missed or failed and that nothing has made good since."""
        return sum(one.state.value in GIVEN_UP and not one.made_good for one in self.nights)


def of_area(session: Session, scope: Scope) -> list[Standing]:
    """Every target of the caller's area that a contract holds for today, by its name."""
    holding = sorted(contracts.active(session, scope), key=lambda one: one.terms.target)
    zone, nights = facilities.of(session, scope).zone, _nights(session, scope)
    found = []
    for contract in holding:
        devices = _devices(session, scope, contract.terms.target, only=len(holding) == 1)
        next_at = _next_at(contract, zone)
        stations = [_station(session, scope, one) for one in devices]
        whole_at = _whole_at(session, scope, devices)
        found.append(Standing(contract, whole_at, next_at, nights[contract.target_id], stations))
    return found


def _next_at(contract: Contract, zone: str) -> datetime | None:
    """The next night that the contract asks for; none while it rests, and none after its end."""
    coming = contract.terms.timing.next_night(clock.now(), zone)
    rests = contract.suspended_at is not None
    return coming[1] if coming is not None and not rests and contract.holds_on(coming[0]) else None


def count_open(session: Session, scope: Scope) -> int:
    """Nights of the caller's area, of the last 30 days, that were missed or failed and that nothing made good since."""
    open_ = DueRun.state.in_(GIVEN_UP) & DueRun.made_good_at.is_(None) & (DueRun.due_at > clock.now() - SPAN)
    return session.scalar(scoped(select(func.count(DueRun.id)), scope, DueRun).where(open_)) or 0


def _nights(session: Session, scope: Scope, targets: Iterable[str] | None = None) -> dict[str, list[Night]]:
    now = clock.now()
    mine = select(DueRun).where(DueRun.due_at > now - SPAN, DueRun.due_at <= now).order_by(DueRun.due_at)
    mine = scoped(mine, scope, DueRun) if targets is None else mine.where(DueRun.target_id.in_(list(targets)))
    found: dict[str, list[Night]] = defaultdict(list)
    for row in session.scalars(mine):
        found[row.target_id].append(Night(row.night, DueState(row.state), row.made_good_at is not None))
    return found


def _devices(session: Session, scope: Scope, target: str, *, only: bool) -> list[Device]:
    named = or_(Device.target == target, Device.target.is_(None)) if only else Device.target == target
    mine = scoped(select(Device), scope, Device).where(named, Device.disabled_at.is_(None))
    return list(session.scalars(mine.order_by(Device.login)))


def _whole_at(session: Session, scope: Scope, devices: list[Device]) -> datetime | None:
    ended = scoped(select(func.max(BackupRun.closed_at)), scope, BackupRun)
    mine = ended.where(BackupRun.device_id.in_([one.id for one in devices]), BackupRun.state == RunState.FINISHED)
    return session.scalar(mine)


def _station(session: Session, scope: Scope, device: Device) -> Station:
    mine = scoped(select(BackupRun), scope, BackupRun).where(BackupRun.device_id == device.id)
    run = session.scalar(mine.order_by(BackupRun.id.desc()).limit(1))
    if run is None:
        return Station(device.login, device.seen_at)
    state = RunState(run.state)
    missing = len(service.missing(session, scope, run.expected)) if state is RunState.FAILED else 0
    return Station(device.login, device.seen_at, run.opened_at, state, missing, run.error or "")


@dataclass(frozen=True)
class Trouble:
    """A target, of whatever facility, that missed nights in the last 30 days or is late now."""

    facility: Facility
    target: str
    missed: int
    open: int
    late: bool
    whole_at: datetime | None
    nights: list[Night]


@dataclass(frozen=True)
class Troubles:
    """One page of them, the worst first, and how many there are: `open` targets, at `places` facilities."""

    items: list[Trouble]
    more: bool
    open: int
    places: int


def who_missed(session: Session, scope: Scope, *, offset: int = 0, limit: int = 50) -> Troubles:
    """Over all areas, for the provider's administrators; counts alone, nothing of any patient."""
    over = DueRun.state.in_(GIVEN_UP)
    open_ = func.sum(case((over & DueRun.made_good_at.is_(None), 1), else_=0))
    missed = func.sum(case((over, 1), else_=0))
    late = func.sum(case((DueRun.state == DueState.LATE.value, 1), else_=0))
    grouped = select(DueRun.facility_id, DueRun.target_id, missed, open_, late).where(_recent_trouble())
    rows = session.execute(
        grouped.group_by(DueRun.facility_id, DueRun.target_id)
        .order_by(open_.desc(), late.desc(), missed.desc(), DueRun.target_id)
        .offset(offset)
        .limit(limit + 1)
    ).all()
    shown = rows[:limit]
    return Troubles(_troubles(session, scope, shown), len(rows) > limit, *still_open(session, scope))


def still_open(session: Session, scope: Scope) -> tuple[int, int]:
    """How many targets miss something that nothing has made good, and at how many facilities, over all areas."""
    scope.require(Role.ADMIN)
    open_ = select(DueRun.target_id, DueRun.facility_id).where(_recent_trouble(), DueRun.made_good_at.is_(None))
    each = open_.distinct().subquery()
    targets, places = session.execute(
        select(func.count(), func.count(each.c.facility_id.distinct())).select_from(each)
    ).one()
    return targets, places


def _recent_trouble() -> ColumnElement[bool]:
    now = clock.now()
    states = DueRun.state.in_([*GIVEN_UP, DueState.LATE.value])
    return states & (DueRun.due_at > now - SPAN) & (DueRun.due_at <= now)


def _troubles(session: Session, scope: Scope, rows: Iterable[Any]) -> list[Trouble]:
    rows = list(rows)
    ids = [row.target_id for row in rows]
    places = select(Facility).where(Facility.id.in_([row.facility_id for row in rows]))
    facility = {one.id: one for one in session.scalars(places)}
    name = dict(session.execute(select(Target.id, Target.name).where(Target.id.in_(ids))).all())
    whole = select(DueRun.target_id, func.max(func.coalesce(DueRun.finished_at, DueRun.made_good_at)))
    whole_at = dict(session.execute(whole.where(DueRun.target_id.in_(ids)).group_by(DueRun.target_id)).all())
    nights = _nights(session, scope, ids)
    return [
        Trouble(
            facility[facility_id],
            name[target_id],
            missed,
            open_,
            bool(late),
            whole_at[target_id],
            nights[target_id],
        )
        for facility_id, target_id, missed, open_, late in rows
    ]
