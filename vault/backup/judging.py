"""How each night stands is found here, as runs begin and end and as time goes by; late and missed ones are told."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from vault.backup import nights, schedule
from vault.backup.models import BackupRun, DueRun, DueState, RunState
from vault.backup.nights import Limits, Night, Progress, Work
from vault.backup.schedule import UNSETTLED
from vault.base import clock
from vault.base.scope import Scope, get_for, scoped
from vault.contracts import queries as contracts
from vault.contracts.models import Contract
from vault.tenancy import mailing
from vault.tenancy.models import Device

LATE, MISSED, FAILED = "backup.late", "backup.missed", "backup.failed"
HEARD_WITHIN = timedelta(hours=1)


def areas_to_judge(session: Session, limits: Limits) -> list[str]:
    """The areas of nights that may have become late or missed."""
    open_ = DueRun.state.in_([one.value for one in UNSETTLED]) & DueRun.over_at.is_(None)
    shortest = min(limits.late, limits.missed)
    found = select(DueRun.facility_id).where(open_, DueRun.due_at <= clock.now() - shortest)
    return list(session.scalars(found.distinct().order_by(DueRun.facility_id)))


def judge(session: Session, scope: Scope, limits: Limits) -> None:
    """Every open night of the scope's area by the time that it is; what has become late or is over is told, once."""
    open_ = scoped(select(DueRun), scope, DueRun).where(
        DueRun.state.in_([one.value for one in UNSETTLED]), DueRun.over_at.is_(None), DueRun.due_at <= clock.now()
    )
    turned: dict[tuple[str, str], list[DueRun]] = defaultdict(list)
    for row in session.scalars(open_.order_by(DueRun.due_at, DueRun.id).with_for_update(key_share=True)).all():
        kind = _turn(session, scope, row, limits)
        if kind:
            turned[kind, row.target_id].append(row)
    session.flush()
    for (kind, target_id), rows in turned.items():
        _tell(session, scope, kind, target_id, rows)


def note(session: Session, scope: Scope, due_id: str) -> None:
    """A run for that night has begun or ended: when every device is done it is finished, and so is what was missed."""
    row = _locked(session, scope, due_id)
    state = nights.standing(progress(session, scope, row).values(), late=row.late_at is not None)
    now = clock.now()
    if row.over_at is None and row.finished_at is None:
        row.state, row.finished_at = state.value, now if state is DueState.FINISHED else None
    session.flush()
    if state is DueState.FINISHED:
        _make_good(session, scope, row, now)


def _locked(session: Session, scope: Scope, due_id: str) -> DueRun:
    """The night, with those before it that it may make good, in the order in which the periodic look takes them."""
    mine = scoped(select(DueRun), scope, DueRun).where(DueRun.id == due_id)
    row = session.scalars(mine).one()
    before = scoped(select(DueRun), scope, DueRun).where(
        DueRun.target_id == row.target_id,
        DueRun.due_at <= row.due_at,
        or_(DueRun.id == due_id, DueRun.made_good_at.is_(None) & DueRun.finished_at.is_(None)),
    )
    locked = session.scalars(
        before.order_by(DueRun.due_at, DueRun.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return locked.all()[-1]


def progress(session: Session, scope: Scope, row: DueRun) -> dict[str, Progress]:
    """How far each device is that owes the night, by its id; of one that owes it no more, only that it was done."""
    owed = {one.id for one in owing(session, scope, row.target_id)}
    works: dict[str, list[Work]] = {one: [] for one in owed}
    mine = scoped(select(BackupRun), scope, BackupRun).where(BackupRun.due_id == row.id).order_by(BackupRun.id)
    for run in session.scalars(mine):
        works.setdefault(run.device_id, []).append(Work(RunState(run.state), run.part, run.parts))
    found = {device: nights.progress(done) for device, done in works.items()}
    return {device: how for device, how in found.items() if device in owed or how is Progress.DONE}


def owing(session: Session, scope: Scope, target_id: str) -> list[Device]:
    """
    The devices that owe the target's nights: those in use that have backed up before. A device owes from its first run
    until it is disabled; before any has made one the night is owed by none of them in particular.
    """
    name = contracts.target_names(session, scope)[target_id]
    backing = select(BackupRun.id).where(BackupRun.device_id == Device.id).exists()
    only = len({one.target_id for one in contracts.active(session, scope)}) <= 1
    of_target = or_(Device.target == name, Device.target.is_(None)) if only else Device.target == name
    mine = scoped(select(Device), scope, Device).where(of_target, Device.disabled_at.is_(None), backing)
    return list(session.scalars(mine.order_by(Device.login)))


def _turn(session: Session, scope: Scope, row: DueRun, limits: Limits) -> str:
    """Bring a night to how it stands now → the kind of notice where it has become late, missed or failed for good."""
    now, found = clock.now(), progress(session, scope, row)
    if schedule.is_paused(session, scope, get_for(session, scope, Contract, row.contract_id)):
        row.state = DueState.OFF.value
        return ""
    night = Night(row.due_at, _next_due(session, scope, row), row.late_at is not None, _heard(session, scope, found))
    verdict = nights.judged(night, found.values(), now, limits)
    row.state = verdict.state.value
    if verdict.state is DueState.FINISHED:
        row.finished_at = row.finished_at or now
        return ""
    if verdict.over:
        row.over_at, row.made_good_at = now, _brought_since(session, scope, row)
        return "" if row.made_good_at else MISSED if verdict.state is DueState.MISSED else FAILED
    if verdict.state is DueState.LATE and row.late_at is None:
        row.late_at = now
        return LATE
    return ""


def _next_due(session: Session, scope: Scope, row: DueRun) -> datetime | None:
    mine = scoped(select(func.min(DueRun.due_at)), scope, DueRun)
    return session.scalar(mine.where(DueRun.target_id == row.target_id, DueRun.due_at > row.due_at))


def _brought_since(session: Session, scope: Scope, row: DueRun) -> datetime | None:
    """When a later night brought everything, which then held what this one missed, too."""
    mine = scoped(select(func.min(DueRun.finished_at)), scope, DueRun)
    return session.scalar(mine.where(DueRun.target_id == row.target_id, DueRun.due_at > row.due_at))


def _heard(session: Session, scope: Scope, found: Mapping[str, Progress]) -> bool:
    """Whether one of those that are at it has called lately."""
    at_it = [device for device, how in found.items() if how is Progress.AT_IT]
    lately = scoped(select(Device.id), scope, Device).where(Device.seen_at > clock.now() - HEARD_WITHIN)
    return session.scalar(lately.where(Device.id.in_(at_it)).limit(1)) is not None


def _make_good(session: Session, scope: Scope, row: DueRun, now: datetime) -> None:
    """What a run brings is everything that is new, so it also brings what earlier ones did not."""
    earlier = update(DueRun).where(
        DueRun.facility_id == scope.area,
        DueRun.target_id == row.target_id,
        DueRun.due_at <= row.due_at,
        DueRun.over_at.is_not(None),
        DueRun.made_good_at.is_(None),
    )
    session.execute(earlier.values(made_good_at=now))


def _tell(session: Session, scope: Scope, kind: str, target_id: str, rows: list[DueRun]) -> None:
    """
    Once for all nights of a target that are found at the same time; never by name of patient or exam. That a night is
    late is not told while the one before was missed and still is: that has been said.
    """
    last = rows[-1]
    if kind == LATE and _after_a_missed_one(session, scope, last):
        return
    values = {
        "target": contracts.target_names(session, scope)[target_id],
        "night": last.night.isoformat(),
        "count": len(rows),
    }
    for audience in (f"facility-admin:{scope.area}", "role:admin"):
        mailing.tell(session, audience, kind, last.id, facility_id=scope.area, values=values)


def _after_a_missed_one(session: Session, scope: Scope, row: DueRun) -> bool:
    mine = scoped(select(DueRun), scope, DueRun).where(DueRun.target_id == row.target_id, DueRun.due_at < row.due_at)
    before = session.scalar(mine.order_by(DueRun.due_at.desc()).limit(1))
    return before is not None and before.over_at is not None and before.made_good_at is None
