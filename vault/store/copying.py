"""
The second copy: every pack and every area's key file is copied once it is registered, and deleted when it is gone.

Before anything is written its name is noted as one to be deleted, and the note goes when the copy is confirmed: so a
stop in between, or an area erased meanwhile, never leaves a copy that nobody knows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Update, delete, func, or_, select, update
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.database import count_changed, insert_if_absent
from vault.base.errors import Unavailable
from vault.base.faults import Point, point
from vault.store import areas, finds, places
from vault.store.backends import Backend
from vault.store.garbage import BATCH, Hands
from vault.store.inspection import Part, Piece, raw, unsound
from vault.store.models import AreaKey, GoneCopy, PackRow
from vault.store.packs import name_of
from vault.store.places import FIRST, SECOND
from vault.store.planning import planned
from vault.tenancy import holds


@dataclass
class Copied:
    """What one run did; `waiting` packs are still to be copied."""

    packs: int = 0
    keys: int = 0
    removed: int = 0
    waiting: int = 0


def second_of(hands: Hands) -> Backend | None:
    """
    The backend of the second copy, once its marker was seen; None where none is set.

    Raises Unavailable where it does not answer, Conflict (`wrong_place`, `place_taken`) where it is another's.
    """
    second = hands.store.second
    if second is not None:
        try:
            places.claim(hands.read, hands.transaction, second, SECOND)
        except OSError as problem:
            raise Unavailable("second_unreachable", problem=type(problem).__name__) from problem
    return second


def copy_all(hands: Hands, told: Callable[[int, int], None] = lambda done, total: None) -> Copied:
    """
    Copy what waits, delete the copies of what is gone; `told` hears how many packs are done.

    Raises as `second_of`. One pack that cannot be copied is passed over and tried again in the next run.
    """
    second, found = second_of(hands), Copied()
    if second is None:
        _forget_notes(hands)
        return found
    for facility_id in _keys_waiting(hands):
        found.keys += _copy_key(hands, second, facility_id)
    packs = _packs_waiting(hands)
    for done, (facility_id, pack) in enumerate(packs):
        told(done, len(packs))
        found.packs += copy_pack(hands, second, facility_id, pack)
    found.removed = delete_gone(hands, second)
    found.waiting = len(packs) - found.packs
    return found


def copy_pack(hands: Hands, second: Backend, facility_id: str, pack: str) -> bool:
    """
    Copy one pack as it lies there; True once that is durable and recorded.

    It is verified on the way: what is not sound is recorded, to be healed from wherever it can be.
    """
    name = name_of(facility_id, pack)
    plan = planned(hands, (hands.store.backend,), facility_id, pack)
    if plan is None:
        return False
    bad = list(unsound(hands.store.backend, plan, plan.pieces))
    if bad:
        with hands.transaction() as session:
            finds.record(session, facility_id, pack, FIRST, bad)
    if any(piece.part is Part.PACK for piece in bad):
        return False
    return keep_copy(hands, facility_id, pack, lambda: _write(hands.store.backend, second, name))


def keep_copy(hands: Hands, facility_id: str, pack: str, write: Callable[[], None]) -> bool:
    """
    Let `write` make the second copy of a pack durable; True once it counts as one.

    Meanwhile the pack has no second copy, and what is being written is noted as one to be deleted.
    """
    name = name_of(facility_id, pack)
    mine = update(PackRow).where(PackRow.facility_id == facility_id, PackRow.pack == pack)
    _intend(hands, facility_id, name, mine.values(copied_at=None))
    write()
    point(Point.COPY_WRITTEN)
    return _confirm(hands, facility_id, name, mine.values(copied_at=clock.now()))


def delete_gone(hands: Hands, second: Backend) -> int:
    """Delete the copies of what is gone; those of an area under a hold, and of what still lives, are left."""
    removed = 0
    with hands.read() as session:
        rows = list(session.execute(select(GoneCopy.facility_id, GoneCopy.name).order_by(GoneCopy.added_at)).all())
        held = {one for one in {area for area, _ in rows} if holds.on_area(session, one) is not None}
    for facility_id, name in rows:
        if facility_id in held:
            continue
        second.delete(name)
        point(Point.COPY_REMOVED)
        with hands.transaction() as session:
            removed += count_changed(session, delete(GoneCopy).where(GoneCopy.name == name))
    return removed


def lag(session: Session) -> tuple[int, datetime | None]:
    """How many packs wait for their second copy, and since when the oldest does (None: none waits)."""
    waiting = select(func.count(), func.min(PackRow.registered_at)).where(*_wanted())
    count, oldest = session.execute(waiting).one()
    return int(count), oldest


def _write(first: Backend, second: Backend, name: str) -> None:
    sink = second.recreate(name)
    try:
        with first.open(name) as reading:
            for part in raw(reading, Piece(Part.PACK, 0, first.size(name))):
                sink.write([part])
        sink.seal()
    finally:
        sink.discard()


def _copy_key(hands: Hands, second: Backend, facility_id: str) -> bool:
    """The file with the area's wrapped key, as the row has it now."""
    name = areas.file_of(facility_id)
    content, key_id = areas.file_content(hands.store.backend, facility_id)
    alive = update(AreaKey).where(AreaKey.facility_id == facility_id, AreaKey.erased_at.is_(None))
    _intend(hands, facility_id, name)
    second.replace(name, content)
    point(Point.COPY_WRITTEN)
    return _confirm(hands, facility_id, name, alive.values(copied_key_id=key_id))


def _intend(hands: Hands, facility_id: str, name: str, unmark: Update | None = None) -> None:
    with hands.transaction() as session:
        insert_if_absent(session, GoneCopy, facility_id=facility_id, name=name, added_at=clock.now())
        if unmark is not None:
            session.execute(unmark)
    point(Point.COPY_INTENDED)


def _confirm(hands: Hands, facility_id: str, name: str, mark: Update) -> bool:
    """The note of what is to be deleted goes, unless somebody deleted the copy by it, or its original is gone."""
    with hands.transaction() as session:
        if not count_changed(session, delete(GoneCopy).where(GoneCopy.name == name)):
            return False
        if not count_changed(session, mark):
            insert_if_absent(session, GoneCopy, facility_id=facility_id, name=name, added_at=clock.now())
            return False
    point(Point.COPY_CONFIRMED)
    return True


def _keys_waiting(hands: Hands) -> list[str]:
    with hands.read() as session:
        differs = or_(AreaKey.copied_key_id.is_(None), AreaKey.copied_key_id != AreaKey.key_id)
        return list(session.scalars(select(AreaKey.facility_id).where(AreaKey.erased_at.is_(None), differs)))


def _packs_waiting(hands: Hands) -> list[tuple[str, str]]:
    with hands.read() as session:
        waiting = select(PackRow.facility_id, PackRow.pack).where(*_wanted()).order_by(PackRow.pack).limit(BATCH)
        return [(facility_id, pack) for facility_id, pack in session.execute(waiting)]


def _wanted() -> tuple[ColumnElement[bool], ...]:
    """Packs without a second copy that are not on their way out."""
    return (PackRow.copied_at.is_(None), PackRow.emptied_at.is_(None))


def _forget_notes(hands: Hands) -> None:
    """Where there never was a second copy, nothing of it is to be deleted."""
    with hands.transaction() as session:
        if not places.has_second(session):
            session.execute(delete(GoneCopy))
