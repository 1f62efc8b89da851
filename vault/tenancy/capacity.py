"""Capacity as reservations: bytes are promised when an upload is announced, so that nobody is refused half-way."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Update, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from vault.base import clock, ids
from vault.base.database import count_changed, insert_if_absent
from vault.base.errors import Conflict, OverCapacity
from vault.base.outbox import publish
from vault.tenancy.events import AreaFilled
from vault.tenancy.filling import level
from vault.tenancy.models import Reservation, Space

ABANDONED_AFTER = timedelta(days=7)
AREA = ""


def set_capacity(session: Session, facility_id: str, capacity: int | None, *, target_id: str = AREA) -> None:
    """Make or change the limit, in bytes, of an area or of one of its targets; None is no limit."""
    insert_if_absent(
        session, Space, facility_id=facility_id, target_id=target_id, capacity=capacity, used=0, reserved=0
    )
    session.execute(_space(facility_id, target_id).values(capacity=capacity))
    _note_level(session, facility_id)


def set_read_only(session: Session, facility_id: str, read_only: bool) -> None:
    """Let nothing more be stored in the area, or let it again; what is there can be fetched either way."""
    session.execute(_space(facility_id, AREA).values(read_only=read_only))


def require_writable(session: Session, facility_id: str) -> None:
    """Raise Conflict (`area_read_only`) where nothing more may be stored in the area."""
    mine = select(Space.read_only).where(Space.facility_id == facility_id, Space.target_id == AREA)
    if session.scalar(mine):
        raise Conflict("area_read_only")


def reserve(session: Session, facility_id: str, subject: str, size: int, *, target_id: str = AREA) -> None:
    """
    Promise `size` bytes to `subject` (such as `exam:ID`), adding to what it already has.

    Raises OverCapacity with what is left of the area or the target, whichever refuses, Conflict where the area is read
    only; nothing is kept then, as the caller's transaction ends by the error.
    """
    reserve_all(session, facility_id, {subject: size}, target_id=target_id)


def reserve_all(session: Session, facility_id: str, sizes: Mapping[str, int], *, target_id: str = AREA) -> None:
    """Promise each subject its bytes, or none of them: raises as `reserve`."""
    size = sum(sizes.values())
    for space in _spaces_of(target_id):
        fits = Space.used + Space.reserved + size <= Space.capacity
        statement = _space(facility_id, space).where(fits | Space.capacity.is_(None), Space.read_only.is_(False))
        if not count_changed(session, statement.values(reserved=Space.reserved + size)):
            require_writable(session, facility_id)
            raise OverCapacity("target_full" if space else "area_full", left=left(session, facility_id, space))
    _add(session, facility_id, sizes, target_id)
    _note_level(session, facility_id)


def keep_counting(session: Session, facility_id: str, sizes: Mapping[str, int]) -> None:
    """
    Bytes that nobody wants are on the disk until each subject's are released: they count, whatever the limit says.

    No promise of theirs is ever abandoned: only who knows that they are gone gives them back.
    """
    size = sum(sizes.values())
    if size:
        session.execute(_space(facility_id, AREA).values(reserved=Space.reserved + size))
        _add(session, facility_id, sizes, AREA, kept=None)
        _note_level(session, facility_id)


def take_turn(session: Session, facility_id: str) -> None:
    """Whoever else asks for the area's turn, or changes its room, waits until this transaction ends."""
    session.execute(
        select(Space.used).where(Space.facility_id == facility_id, Space.target_id == AREA).with_for_update()
    )


def require_not_over(session: Session, facility_id: str) -> None:
    """Raise OverCapacity while more is used and promised than the area has."""
    mine = select(Space.used + Space.reserved > Space.capacity)
    if session.scalar(mine.where(Space.facility_id == facility_id, Space.target_id == AREA)):
        raise OverCapacity("area_full", left=0)


def _add(
    session: Session,
    facility_id: str,
    sizes: Mapping[str, int],
    target_id: str,
    *,
    kept: timedelta | None = ABANDONED_AFTER,
) -> None:
    """To what each subject has been promised already, if anything."""
    now = clock.now()
    until = None if kept is None else now + kept
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    every = {"facility_id": facility_id, "target_id": target_id, "created_at": now, "expires_at": until}
    rows = [{"id": ids.new(), "subject": subject, "size": size, **every} for subject, size in sorted(sizes.items())]
    new = insert(Reservation)
    added = {"size": Reservation.size + new.excluded.size, "expires_at": new.excluded.expires_at}
    session.execute(new.on_conflict_do_update(index_elements=[Reservation.subject], set_=added), rows)


def settle(session: Session, subject: str, size: int, *, last: bool = False) -> None:
    """Turn `size` bytes of the promise into bytes used: they are durable now. With `last` the rest is given back."""
    settle_all(session, {subject: size}, last={subject} if last else frozenset())


def settle_all(session: Session, sizes: Mapping[str, int], *, last: Collection[str] = frozenset()) -> None:
    """As `settle`, for the promises of several subjects; the rest of those in `last` is given back."""
    promised = {row.subject: row for row in _locked(session, sizes.keys())}
    used: Counter[tuple[str, str]] = Counter()
    ended: Counter[tuple[str, str]] = Counter()
    for subject, size in sizes.items():
        held = promised.get(subject)
        if held is None and size:
            raise LookupError(f"nothing is reserved for {subject}")
        if held is None:
            continue
        given_back = held.size if subject in last else min(size, held.size)
        for space in _spaces_of(held.target_id):
            used[held.facility_id, space] += size
            ended[held.facility_id, space] += given_back
        if subject in last:
            session.delete(held)
        else:
            held.size -= given_back
    for facility_id, space in sorted(used):
        moved = {"used": Space.used + used[facility_id, space], "reserved": Space.reserved - ended[facility_id, space]}
        session.execute(_space(facility_id, space).values(moved))
    session.flush()
    for facility_id in {facility_id for facility_id, _ in used}:
        _note_level(session, facility_id)


def release(session: Session, subject: str) -> None:
    """Give back what is left of the promise; unknown subjects have nothing to give back."""
    settle(session, subject, 0, last=True)


def _locked(session: Session, subjects: Collection[str]) -> list[Reservation]:
    mine = select(Reservation).where(Reservation.subject.in_(subjects)).order_by(Reservation.subject)
    return list(session.scalars(mine.with_for_update().execution_options(populate_existing=True)))


def renew(session: Session, subject: str) -> None:
    """The promise is being used: it counts as abandoned only so much later."""
    mine = update(Reservation).where(Reservation.subject == subject)
    session.execute(mine.values(expires_at=clock.now() + ABANDONED_AFTER))


def count(session: Session, facility_id: str, size: int) -> None:
    """Bytes were found that nobody had been promised: they are used, whatever the limit says."""
    session.execute(_space(facility_id, AREA).values(used=Space.used + size))
    _note_level(session, facility_id)


def free(session: Session, facility_id: str, size: int, *, target_id: str = AREA) -> None:
    """Bytes that were used are gone for good."""
    for space in _spaces_of(target_id):
        session.execute(_space(facility_id, space).values(used=Space.used - size))
    _note_level(session, facility_id)


def left(session: Session, facility_id: str, target_id: str = AREA) -> int:
    """Bytes that can still be promised; a space without a limit counts as 2**62."""
    mine = select(Space).where(Space.facility_id == facility_id, Space.target_id == target_id)
    space = session.scalars(mine.execution_options(populate_existing=True)).one()
    return 2**62 if space.capacity is None else max(0, space.capacity - space.used - space.reserved)


def abandoned(session: Session, at: datetime) -> list[str]:
    """Subjects of promises that nobody has used for a long time; their owners give them back."""
    statement = select(Reservation.subject).where(Reservation.expires_at < at)
    return list(session.scalars(statement.order_by(Reservation.expires_at).limit(1000)))


def _note_level(session: Session, facility_id: str) -> None:
    """Keep the step at which the area stands now; one above the last is told, in the transaction that reached it."""
    mine = select(Space.used + Space.reserved, Space.capacity, Space.told)
    filled, capacity, told = session.execute(
        mine.where(Space.facility_id == facility_id, Space.target_id == AREA)
    ).one()
    reached = level(filled, capacity)
    if reached != told:
        session.execute(_space(facility_id, AREA).values(told=reached))
    if capacity is not None and reached > told:
        publish(session, AreaFilled(facility_id, level=reached, filled=filled, capacity=capacity))


def _spaces_of(target_id: str) -> tuple[str, ...]:
    return (AREA, target_id) if target_id else (AREA,)


def _space(facility_id: str, target_id: str) -> Update:
    return update(Space).where(Space.facility_id == facility_id, Space.target_id == target_id)
