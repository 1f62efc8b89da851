"""What was found not to be as it was written: recorded once, until it is healed, sent again, or gone with its pack."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, update
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.database import count_changed
from vault.base.outbox import Event, publish
from vault.store import service
from vault.store.inspection import Part, Piece
from vault.store.models import BlobRow, Find, PackRow
from vault.store.places import FIRST


@dataclass(frozen=True)
class PackDamaged(Event):
    """A copy of a pack is not what was written; it is to be healed."""

    name: ClassVar[str] = "pack.damaged"
    pack: str


def record(session: Session, facility_id: str, pack: str, place: str, pieces: Iterable[Piece]) -> int:
    """
    Record what is not sound in one copy of a pack, and see to it that it is healed; returns how much of it is new.

    Blobs lost from the first copy count as damaged from now on. A record that no row points at is nobody's.
    """
    held = set(session.scalars(select(BlobRow.digest).where(*_in(facility_id, pack))))
    new = 0
    for piece in pieces:
        if piece.part is Part.RECORD and piece.digest not in held:
            continue
        if place == FIRST:
            for digest in sorted(held if piece.part is Part.PACK else {piece.digest} - {None}, key=str):
                service.report_damage(session, facility_id, str(digest))
        same = (Find.part == piece.part.value, Find.place == place, Find.digest.is_not_distinct_from(piece.digest))
        if session.scalar(select(Find.id).where(*_open(facility_id, pack), *same).limit(1)) is None:
            add = Find(facility_id=facility_id, pack=pack, part=piece.part.value, place=place, digest=piece.digest)
            add.found_at = clock.now()
            session.add(add)
            session.flush()
            new += 1
    if new:
        publish(session, PackDamaged(facility_id, pack))
    return new


def healed(session: Session, facility_id: str, pack: str, place: str, lost: Sequence[Piece], how: str) -> int:
    """End every find of that copy but those of what is still `lost`; returns how many were ended."""
    still = [Find.digest.is_not_distinct_from(piece.digest) & (Find.part == piece.part.value) for piece in lost]
    ended = update(Find).where(*_open(facility_id, pack), Find.place == place, not_(or_(False, *still)))
    return count_changed(session, ended.values(healed_at=clock.now(), how=how))


def settle(session: Session, facility_id: str) -> None:
    """End the finds of what no row points at any more: it was sent again, moved or let go."""
    gone = or_(
        not_(exists().where(PackRow.facility_id == facility_id, PackRow.pack == Find.pack)),
        and_(
            Find.digest.is_not(None),
            not_(exists().where(*_in(facility_id, Find.pack), BlobRow.digest == Find.digest)),
        ),
    )
    ended = update(Find).where(Find.facility_id == facility_id, Find.healed_at.is_(None), gone)
    session.execute(ended.values(healed_at=clock.now(), how="replaced").execution_options(synchronize_session=False))


def open_finds(session: Session, *, limit: int = 200) -> Sequence[Find]:
    """What is damaged and not healed yet, of all areas, the newest first."""
    newest = select(Find).where(Find.healed_at.is_(None)).order_by(Find.found_at.desc(), Find.id.desc())
    return session.scalars(newest.limit(limit)).all()


def recent(session: Session, *, limit: int = 50) -> Sequence[Find]:
    """What was found of all areas, the newest first."""
    return session.scalars(select(Find).order_by(Find.found_at.desc(), Find.id.desc()).limit(limit)).all()


def count_open(session: Session) -> tuple[int, int]:
    """How many blobs are damaged, and how many finds wait to be healed."""
    blobs = select(func.count()).select_from(BlobRow).where(BlobRow.damaged_at.is_not(None))
    waiting = select(func.count()).select_from(Find).where(Find.healed_at.is_(None))
    return session.scalar(blobs) or 0, session.scalar(waiting) or 0


def _open(facility_id: str, pack: str) -> tuple[ColumnElement[bool], ...]:
    return (Find.facility_id == facility_id, Find.pack == pack, Find.healed_at.is_(None))


def _in(facility_id: str, pack: object) -> tuple[ColumnElement[bool], ...]:
    return (BlobRow.facility_id == facility_id, BlobRow.pack == pack)
