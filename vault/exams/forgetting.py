"""What was deleted from the drive is forgotten once grace and retention end; bytes nothing else names are garbage."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from vault.base import audit, clock
from vault.base.scope import Scope, scoped
from vault.base.settings import Retention
from vault.contracts import retention, spans
from vault.contracts.terms import DataKind
from vault.exams import drive_locks, drive_properties, places
from vault.exams.drive_queries import Deleted
from vault.exams.models import DriveFile, DriveFolder, DriveVersion
from vault.tenancy import facilities, holds

BATCH = 200

Row = TypeVar("Row", DriveFile, DriveFolder)
Transaction = Callable[[], AbstractContextManager[Session]]
Keeper = Callable[[], Select[str]]
_keepers: list[Keeper] = []


def keeps_files(keeper: Keeper) -> Keeper:
    """Have `keeper` name, as a statement, ids of files whose versions somebody still points at: those stay."""
    if keeper not in _keepers:
        _keepers.append(keeper)
    return keeper


def forget(transaction: Transaction, policy: Retention) -> tuple[int, int]:
    """
    Forget what was deleted longer than the grace ago and nothing keeps; returns how many files and folders went.

    Kept on are files that a law (`file_years`) or contract keeps from the day they were put, what `keeps_files` names,
    and everything of an area under a legal hold. A few hundred rows a transaction: killed anywhere, it goes on later.
    """
    with transaction() as session:
        areas = _areas(session, policy)
    counts = [0, 0]
    for area in areas:
        scope = Scope.system(area)
        for number, step in enumerate((_forget_files, _forget_folders)):
            after: str | None = ""
            while after is not None:
                with transaction() as session:
                    after, gone = step(session, scope, policy, after)
                counts[number] += gone
    return counts[0], counts[1]


def forget_locks(session: Session) -> None:
    """Drop locks that have run out."""
    drive_locks.forget_old(session)


def until(session: Session, scope: Scope, policy: Retention, deleted: Sequence[Deleted]) -> dict[str, datetime]:
    """Until when each can be brought back at the least, by its id; a folder as long as the last of its files."""
    zone, years = _rules(session, scope, policy)
    grace = timedelta(days=policy.grace_days)
    files = scoped(select(DriveFile.id, DriveFile.modified_at), scope, DriveFile)
    own = session.execute(files.where(DriveFile.id.in_([one.id for one in deleted])))
    put = {row[0]: row[1] for row in own}
    within = scoped(select(DriveFile.deleted_with, func.max(DriveFile.modified_at)), scope, DriveFile)
    with_folder = within.where(DriveFile.deleted_with.in_([one.id for one in deleted]))
    put |= {id_: at for id_, at in session.execute(with_folder.group_by(DriveFile.deleted_with)) if id_}
    found = {}
    for one in deleted:
        kept = _kept_until(put[one.id], zone, years) if one.id in put else None
        ends = one.deleted_at + grace
        found[one.id] = max(ends, datetime.combine(kept, time(), zone)) if kept else ends
    return found


def _areas(session: Session, policy: Retention) -> list[str]:
    before = clock.now() - timedelta(days=policy.grace_days)
    found: set[str] = set()
    for model in (DriveFile, DriveFolder):
        found |= set(session.scalars(select(model.facility_id).where(model.deleted_at < before).distinct()))
    return sorted(found)


def _forget_files(session: Session, scope: Scope, policy: Retention, after: str) -> tuple[str | None, int]:
    """Those of one batch that nothing keeps; returns after which id to go on (None: this was the last) and how many."""
    places.take_turn(session, scope)
    if holds.on_area(session, scope.area) is not None:
        return None, 0
    zone, years = _rules(session, scope, policy)
    batch = session.scalars(_expired(DriveFile, scope, policy, after)).all()
    today = clock.today(str(zone))
    due = [file for file in batch if (day := _kept_until(file.modified_at, zone, years)) is None or day <= today]
    if due:
        gone = [file.id for file in due]
        drive_properties.forget(session, scope, gone)
        mine = delete(DriveVersion).where(DriveVersion.facility_id == scope.area, DriveVersion.file_id.in_(gone))
        session.execute(mine)
        session.execute(delete(DriveFile).where(DriveFile.facility_id == scope.area, DriveFile.id.in_(gone)))
        audit.record(session, scope, "file.forgotten", items=[f"file:{id_}" for id_ in gone])
    return (batch[-1].id if len(batch) == BATCH else None), len(due)


def _forget_folders(session: Session, scope: Scope, policy: Retention, after: str) -> tuple[str | None, int]:
    """The same of folders, which wait for whatever went with them and can still be brought back."""
    places.take_turn(session, scope)
    if holds.on_area(session, scope.area) is not None:
        return None, 0
    file = aliased(DriveFile)
    root = func.coalesce(DriveFolder.deleted_with, DriveFolder.id)
    waits = exists().where(file.facility_id == scope.area, file.deleted_with == root)
    due = session.scalars(_expired(DriveFolder, scope, policy, after).where(~waits)).all()
    drive_properties.forget(session, scope, [folder.id for folder in due])
    for folder in due:
        session.delete(folder)
    session.flush()
    return (due[-1].id if len(due) == BATCH else None), len(due)


def _expired(model: type[Row], scope: Scope, policy: Retention, after: str) -> Select[Row]:
    before = clock.now() - timedelta(days=policy.grace_days)
    statement = scoped(select(model), scope, model).where(model.deleted_at < before, model.id > after)
    if model is DriveFile:
        for keeper in _keepers:
            statement = statement.where(model.id.not_in(keeper()))
    return statement.order_by(model.id).limit(BATCH)


def _rules(session: Session, scope: Scope, policy: Retention) -> tuple[ZoneInfo, int]:
    """The area's zone, and for how many years law or contract keeps its files."""
    zone = ZoneInfo(facilities.of(session, scope).zone)
    return zone, retention.years(session, scope, [DataKind.FILE], "", by_law=policy.file_years)


def _kept_until(put_at: datetime, zone: ZoneInfo, years: int) -> date | None:
    """The first day on which a file that was put then may be forgotten; None where nothing keeps it."""
    return spans.corresponding_day(put_at.astimezone(zone).date(), 12 * years) if years else None
