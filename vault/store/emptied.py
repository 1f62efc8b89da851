"""Packs into which no row points any more: deleted a day after that was seen, and their second copies with them."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.database import insert_if_absent
from vault.base.faults import Point, point
from vault.store import finds, leases
from vault.store.garbage import Collected, Hands
from vault.store.models import BlobRow, GoneCopy, PackRow
from vault.store.packs import name_of
from vault.tenancy import capacity, holds


def delete_emptied(hands: Hands, facility_id: str) -> Collected:
    """
    Mark packs that hold nothing any more, and delete those that were marked a day ago.

    The day is for readers that looked a blob's place up before it was moved or let go. The file goes before its row:
    a stop in between leaves a row whose file is deleted again, never a file that nobody knows.
    """
    found = Collected()
    with hands.transaction() as session:
        if holds.on_area(session, facility_id) is not None:
            return found
        _mark(session, facility_id)
    with hands.read() as session:
        dead = select(PackRow.pack).where(PackRow.facility_id == facility_id, PackRow.emptied_at < hands.before)
        packs = list(session.scalars(dead.order_by(PackRow.pack)))
    for pack in packs:
        found.packs += delete_if_empty(hands, facility_id, pack)
    return found


def delete_if_empty(hands: Hands, facility_id: str, pack: str) -> bool:
    """Delete a pack into which no row points, whose place nobody has looked up; True where it is gone."""
    if not _still_empty(hands, facility_id, pack):
        return False
    hands.store.backend.delete(name_of(facility_id, pack))
    point(Point.PACK_DELETED)
    with hands.transaction() as session:
        forget(session, facility_id, pack)
    return True


def subject_of(pack: str) -> str:
    """Under what name bytes of a pack count that nothing names."""
    return f"pack:{pack}"


def forget(session: Session, facility_id: str, pack: str) -> None:
    """The row of a deleted pack goes, what counted for it is given back, and its second copy is to go too."""
    capacity.release(session, subject_of(pack))
    session.execute(delete(PackRow).where(PackRow.facility_id == facility_id, PackRow.pack == pack))
    name = name_of(facility_id, pack)
    insert_if_absent(session, GoneCopy, facility_id=facility_id, name=name, added_at=clock.now())
    finds.settle(session, facility_id)


def _mark(session: Session, facility_id: str) -> None:
    mine = update(PackRow).where(PackRow.facility_id == facility_id)
    pointed = select(BlobRow.pack).where(BlobRow.facility_id == facility_id)
    session.execute(
        mine.where(PackRow.emptied_at.is_(None), PackRow.pack.not_in(pointed)).values(emptied_at=clock.now())
    )
    session.execute(mine.where(PackRow.emptied_at.is_not(None), PackRow.pack.in_(pointed)).values(emptied_at=None))


def _still_empty(hands: Hands, facility_id: str, pack: str) -> bool:
    """Asked for each pack anew: a hold may have been placed meanwhile, or a backup have begun."""
    with hands.transaction() as session:
        if holds.on_area(session, facility_id) is not None or leases.until(session) is not None:
            return False
        points = select(BlobRow.digest).where(BlobRow.facility_id == facility_id, BlobRow.pack == pack).limit(1)
        return session.scalar(points) is None
