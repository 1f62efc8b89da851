"""The job table: work recorded with the change that causes it, done once, found again after any crash."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Index, String, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault.base import clock, ids
from vault.base.database import (
    Base,
    Database,
    Id,
    JsonColumn,
    count_changed,
    insert_all_absent,
    insert_if_absent,
    wake_after_commit,
)
from vault.base.errors import NotFound

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(seconds=2)
LAST_RETRY = timedelta(hours=1)
MAX_ATTEMPTS = 12
KEPT = timedelta(days=30)


class Queue(StrEnum):
    """Every queue there is; a test compares it with the worker's routes."""

    EVENTS = "events"
    SWEEP = "sweep"
    MEDIA = "media"
    INDEX = "index"
    MAIL = "mail"
    SLOW = "slow"


class JobState(StrEnum):
    """`WAITING` covers the first try and every retry."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """One piece of work. `key` is unique among jobs that have not started: a second request merges into the first."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_due", "queue", "state", "due_at"),
        Index("uq_jobs_waiting_key", "waiting_key", unique=True),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(80), index=True)
    queue: Mapped[str] = mapped_column(String(16))
    facility_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), index=True)
    args: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    waiting_key: Mapped[str | None] = mapped_column(String(160))
    state: Mapped[str] = mapped_column(String(16), default=JobState.WAITING.value)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    holder: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    cancel: Mapped[bool] = mapped_column(default=False)
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn())
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Cancelled(Exception):
    """Raised inside a handler when its job was cancelled."""


@dataclass
class Context:
    """What a handler gets: its arguments, transactions, and a way to tell how far it is."""

    database: Database
    job_id: str
    holder: str
    args: dict[str, Any]
    resources: Any
    """The installation (store, engine, settings …): made by the portal, described by the domain's own ports."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction that commits only while this worker still holds the job: a lost lease undoes the work."""
        with self.database.transaction() as session:
            yield session
            self._renew(session)

    def progress(self, done: int, total: int) -> None:
        """Record how far the work is and renew the lease; raises Cancelled when somebody asked for that."""
        with self.transaction() as session:
            session.execute(update(Job).where(Job.id == self.job_id).values(done=done, total=total))

    def _renew(self, session: Session) -> None:
        held = session.execute(
            update(Job)
            .where(Job.id == self.job_id, Job.holder == self.holder, Job.state == JobState.RUNNING)
            .values(lease_until=clock.now() + LEASE)
            .returning(Job.cancel)
        ).scalar_one_or_none()
        if held is None or held:
            raise Cancelled


Handler = Callable[[Context], dict[str, Any] | None]


@dataclass(frozen=True)
class Kind:
    """A kind of job: where it runs, what does it, and how often by itself (`every`), if at all."""

    name: str
    queue: Queue
    run: Handler
    every: timedelta | None = None


_kinds: dict[str, Kind] = {}


def handler(kind: str, *, queue: Queue, every: timedelta | None = None) -> Callable[[Handler], Handler]:
    """Register what runs jobs of `kind`; with `every` the scheduler keeps one such job in the table at all times."""

    def register(run: Handler) -> Handler:
        _kinds[kind] = Kind(kind, queue, run, every)
        return run

    return register


def kinds() -> dict[str, Kind]:
    """Every registered kind, by name."""
    return dict(_kinds)


def add(
    session: Session,
    kind: str,
    args: dict[str, Any] | None = None,
    *,
    due_at: datetime | None = None,
    key: str | None = None,
    facility_id: str | None = None,
) -> str:
    """
    Record work in the transaction of the change that causes it, and return the job's id.

    With `key`, a job of that key that has not started takes this one in, due at the earlier of the two times.
    """
    now = clock.now()
    due_at = due_at or now
    queue = _kinds[kind].queue.value
    job_id = ids.new()
    row = {"kind": kind, "queue": queue, "facility_id": facility_id, "args": args or {}, "waiting_key": key}
    while not insert_if_absent(session, Job, id=job_id, due_at=due_at, created_at=now, **row):
        merged = _merge(session, key, due_at)
        if merged is not None:
            job_id = merged
            break
    if due_at <= now:
        wake_after_commit(session, queue)
    return job_id


def add_all(
    session: Session, kind: str, orders: Mapping[str, dict[str, Any]], *, due_at: datetime, facility_id: str
) -> None:
    """As `add`, of many jobs by their keys, for later; one of a key that has not started stays as it is."""
    every = {"kind": kind, "queue": _kinds[kind].queue.value, "facility_id": facility_id, "due_at": due_at}
    every["created_at"] = clock.now()
    rows = [every | {"id": ids.new(), "args": args, "waiting_key": key} for key, args in orders.items()]
    insert_all_absent(session, Job, rows)


def _merge(session: Session, key: str | None, due_at: datetime) -> str | None:
    """The id of the waiting job of that key, made due by `due_at`; None when it was claimed in the meantime."""
    session.execute(update(Job).where(Job.waiting_key == key, Job.due_at > due_at).values(due_at=due_at))
    return session.scalar(select(Job.id).where(Job.waiting_key == key))


def put_off(session: Session, kind: str, due_at: datetime) -> None:
    """No job of that kind that has not started is due before `due_at`."""
    waiting = update(Job).where(Job.kind == kind, Job.state == JobState.WAITING, Job.due_at < due_at)
    session.execute(waiting.values(due_at=due_at))


def cancel(session: Session, job_id: str) -> None:
    """Stop a job: at once if it waits, at its next progress if it runs; NotFound for an unknown or ended one."""
    mine = update(Job).where(Job.id == job_id)
    ended = mine.where(Job.state == JobState.WAITING).values(
        state=JobState.CANCELLED, waiting_key=None, finished_at=clock.now()
    )
    asked = mine.where(Job.state == JobState.RUNNING).values(cancel=True)
    if not count_changed(session, ended) and not count_changed(session, asked):
        raise NotFound("job")


def forget_old(session: Session) -> None:
    """Drop jobs that were done or cancelled a month ago; failed ones stay for people to see."""
    ended = Job.state.in_([JobState.DONE, JobState.CANCELLED])
    session.execute(delete(Job).where(ended, Job.finished_at < clock.now() - KEPT))


def ensure_periodic(session: Session) -> None:
    """See to it that each periodic kind has a job waiting or running: schedules are rows, so no tick can be lost."""
    for kind in _kinds.values():
        if kind.every is None:
            continue
        open_ = select(Job.id).where(Job.kind == kind.name, Job.state.in_([JobState.WAITING, JobState.RUNNING]))
        if session.scalar(open_.limit(1)) is None:
            add(session, kind.name, key=f"periodic:{kind.name}")


def due(session: Session, queues: frozenset[str] | None = None, *, limit: int = 100) -> list[tuple[str, str]]:
    """(job id, queue) of what should run now: due and waiting, or running under a lease that ran out."""
    now = clock.now()
    runnable = or_(
        (Job.state == JobState.WAITING) & (Job.due_at <= now),
        (Job.state == JobState.RUNNING) & (Job.lease_until < now),
    )
    # A kind that this process does not know is left to one that does (an older worker beside a newer server).
    known = Job.kind.in_(list(_kinds))
    statement = select(Job.id, Job.queue).where(runnable, known).order_by(Job.due_at).limit(limit)
    if queues is not None:
        statement = statement.where(Job.queue.in_(queues))
    return [(id_, queue) for id_, queue in session.execute(statement)]


def run(database: Database, job_id: str, resources: Any) -> bool:
    """Claim the job and do it; False when another worker has it or it is not due. Safe to call any number of times."""
    holder = ids.new()
    claimed = _claim(database, job_id, holder)
    if claimed is None:
        return False
    kind_name, args, attempts = claimed
    kind = _kinds[kind_name]
    if attempts > MAX_ATTEMPTS:
        _retry(database, job_id, holder, kind, RuntimeError("every worker that took this job died"))
        return True
    context = Context(database, job_id, holder, args, resources)
    try:
        with _kept_alive(context):
            result = kind.run(context)
    except Cancelled:
        _finish(database, job_id, holder, JobState.CANCELLED)
    except Exception as problem:  # whatever a handler raises is a failed attempt, never a dead worker
        log.warning("job failed", kind=kind_name, job=job_id, problem=repr(problem), exc_info=True)
        _retry(database, job_id, holder, kind, problem)
    else:
        _finish(database, job_id, holder, JobState.DONE, result)
    return True


def run_due(database: Database, resources: Any, queues: frozenset[str] | None = None) -> int:
    """Run everything that is due, one after the other, until nothing is; returns how many jobs ran."""
    count = 0
    while True:
        with database.read() as session:
            waiting = due(session, queues)
        ran = sum(run(database, job_id, resources) for job_id, _ in waiting)
        if not ran:
            return count
        count += ran


def _claim(database: Database, job_id: str, holder: str) -> tuple[str, dict[str, Any], int] | None:
    """Move the job to RUNNING; None for everyone but the one caller who did."""
    now = clock.now()
    claimable = or_(
        (Job.state == JobState.WAITING) & (Job.due_at <= now),
        (Job.state == JobState.RUNNING) & (Job.lease_until < now),
    )
    with database.transaction() as session:
        row = session.execute(
            update(Job)
            .where(Job.id == job_id, Job.kind.in_(list(_kinds)), claimable)
            .values(
                state=JobState.RUNNING,
                holder=holder,
                lease_until=now + LEASE,
                attempts=Job.attempts + 1,
                waiting_key=None,
            )
            .returning(Job.kind, Job.args, Job.attempts)
        ).one_or_none()
    return None if row is None else (row.kind, row.args, row.attempts)


@contextmanager
def _kept_alive(context: Context) -> Iterator[None]:
    """Renew the lease while the handler works, so that a long step is not taken for a dead worker."""
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(LEASE.total_seconds() / 3):
            with context.database.transaction() as session:
                session.execute(
                    update(Job)
                    .where(Job.id == context.job_id, Job.holder == context.holder, Job.state == JobState.RUNNING)
                    .values(lease_until=clock.now() + LEASE)
                )

    thread = threading.Thread(target=renew, name=f"lease-{context.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _finish(
    database: Database, job_id: str, holder: str, state: JobState, result: dict[str, Any] | None = None
) -> None:
    with database.transaction() as session:
        job = session.scalar(select(Job).where(Job.id == job_id, Job.holder == holder))
        if job is None:
            return
        job.state, job.result, job.finished_at, job.lease_until = state.value, result, clock.now(), None
        _schedule_next(session, job)


def _retry(database: Database, job_id: str, holder: str, kind: Kind, problem: Exception) -> None:
    """Try again later with a growing wait; after the last attempt the job stays, failed, for people to see."""
    with database.transaction() as session:
        job = session.scalar(select(Job).where(Job.id == job_id, Job.holder == holder))
        if job is None:
            return
        job.error = repr(problem)[:2000]
        if job.attempts >= MAX_ATTEMPTS or kind.every is not None:
            job.state, job.finished_at, job.lease_until = JobState.FAILED.value, clock.now(), None
            _schedule_next(session, job)
        else:
            wait = min(FIRST_RETRY * 2 ** (job.attempts - 1), LAST_RETRY)
            job.state, job.due_at, job.lease_until = JobState.WAITING.value, clock.now() + wait, None


def _schedule_next(session: Session, job: Job) -> None:
    kind = _kinds.get(job.kind)
    if kind is not None and kind.every is not None:
        add(session, kind.name, due_at=clock.now() + kind.every, key=f"periodic:{kind.name}")
