"""News that travels up: an event is a row added with the change; the relay hands each to its subscribers, once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import structlog
from sqlalchemy import ColumnElement, String, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault.base import clock, ids
from vault.base.database import Base, Database, Id, JsonColumn, insert_all, wake_after_commit
from vault.base.jobs import FIRST_RETRY, LAST_RETRY, Queue

log = structlog.get_logger()

BATCH = 200
KEPT = timedelta(days=30)


class OutboxRow(Base):
    """One event, kept until its subscribers have acted on it in the same transaction that marks it."""

    __tablename__ = "outbox"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    facility_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    created_at: Mapped[datetime]
    relayed_at: Mapped[datetime | None] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Event:
    """
    Root of all events; subclasses are frozen dataclasses of ids, with a `name` such as `request.filed`.

    `wakes` is False for those that nobody waits for: they are relayed with the next that does, or a second later.
    """

    name: ClassVar[str]
    wakes: ClassVar[bool] = True
    facility_id: str | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _events[cls.name] = cls


_events: dict[str, type[Event]] = {}
AnyEvent = TypeVar("AnyEvent", bound=Event)


@dataclass(frozen=True)
class _Subscriber:
    act: Callable[[Session, Any], None]
    together: bool

    def hear(self, session: Session, events: Sequence[Event]) -> None:
        for heard in [events] if self.together else events:
            self.act(session, heard)


_subscribers: dict[str, list[_Subscriber]] = {}


def subscribe(event: type[AnyEvent], act: Callable[[Session, AnyEvent], None]) -> None:
    """Have `act` called with each such event, in the relay's transaction; it only adds rows and jobs. Twice is once."""
    _register(event, _Subscriber(act, together=False))


def subscribe_together(event: type[AnyEvent], act: Callable[[Session, Sequence[AnyEvent]], None]) -> None:
    """As `subscribe`, for who takes all that wait at once: one call for many events is one statement for many rows."""
    _register(event, _Subscriber(act, together=True))


def _register(event: type[Event], subscriber: _Subscriber) -> None:
    registered = _subscribers.setdefault(event.name, [])
    if subscriber not in registered:
        registered.append(subscriber)


def publish(session: Session, *events: Event) -> None:
    """Record the events in the caller's transaction; the relay is woken once it is durable."""
    now = clock.now()
    rows = [
        {"name": event.name, "facility_id": event.facility_id, "payload": asdict(event), "created_at": now}
        for event in events
    ]
    insert_all(session, OutboxRow, rows)
    if any(event.wakes for event in events):
        wake_after_commit(session, Queue.EVENTS.value)


def waiting(session: Session) -> bool:
    """Whether any event has not been relayed: the scheduler asks, as the wake-up may have been lost."""
    return session.scalar(select(OutboxRow.id).where(_due()).limit(1)) is not None


def latest(session: Session, event: type[Event]) -> datetime | None:
    """When such an event was last published; None where none is remembered."""
    newest = select(OutboxRow.created_at).where(OutboxRow.name == event.name)
    return session.scalar(newest.order_by(OutboxRow.id.desc()).limit(1))


def forget_old(session: Session) -> None:
    """Drop events that their subscribers acted on a month ago."""
    session.execute(delete(OutboxRow).where(OutboxRow.relayed_at < clock.now() - KEPT))


def relay(database: Database) -> int:
    """
    Hand every waiting event to its subscribers; returns how many. Safe to run twice at once.

    Those of a name come oldest first, and together; one name does not wait for another. An event whose subscriber fails
    is undone alone and tried again later: it holds up no other.
    """
    count, after = 0, ""
    while True:
        with database.transaction() as session:
            rows = session.scalars(
                select(OutboxRow)
                .where(_due(), OutboxRow.id > after)
                .order_by(OutboxRow.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            count += sum(_hand_over(session, alike) for alike in _by_name(rows))
        if not rows:
            return count
        after = rows[-1].id


def _by_name(rows: Sequence[OutboxRow]) -> Iterable[list[OutboxRow]]:
    named: dict[str, list[OutboxRow]] = {}
    for row in rows:
        named.setdefault(row.name, []).append(row)
    return named.values()


def _hand_over(session: Session, rows: Sequence[OutboxRow]) -> int:
    """Tell of events of one name; returns how many were taken."""
    name = rows[0].name
    try:
        with session.begin_nested():
            events = [_events[name](**row.payload) for row in rows]
            for subscriber in _subscribers.get(name, ()):
                subscriber.hear(session, events)
    except Exception as problem:  # whatever a subscriber raises is its own event's failure
        if len(rows) > 1:
            return sum(_hand_over(session, [row]) for row in rows)
        _put_off(rows[0], problem)
        return 0
    for row in rows:
        row.relayed_at = clock.now()
    return len(rows)


def _put_off(row: OutboxRow, problem: Exception) -> None:
    log.error("event not relayed", name=row.name, outbox_id=row.id, problem=repr(problem), exc_info=problem)
    row.failures += 1
    row.retry_at = clock.now() + min(FIRST_RETRY * 2 ** (row.failures - 1), LAST_RETRY)


def _due() -> ColumnElement[bool]:
    due = or_(OutboxRow.retry_at.is_(None), OutboxRow.retry_at <= clock.now())
    return OutboxRow.relayed_at.is_(None) & due
