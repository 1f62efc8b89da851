"""Images go: when their time is over, with the area that they are of, and what is left of sets that nobody knows."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.scope import Scope
from vault.intake.models import Erasure
from vault.media import keeping, service
from vault.media.models import MediaDisc, MediaPiece, MediaSet, RemovedWhy, SetState
from vault.store.garbage import Transaction
from vault.tenancy import holds


def remove_due(read: Transaction, transaction: Transaction, media: Path) -> int:
    """
    Remove what is to go, the files before their rows say so; how many sets went.

    What an area under a hold had copied stays until the hold is lifted. An area that is erased takes its discs along.
    """
    with read() as session:
        going = [
            (row.facility_id, row.id, why) for why in (RemovedWhy.ERASED, RemovedWhy.TIME) for row in _due(session, why)
        ]
    gone = 0
    for facility_id, set_id, why in going:
        with read() as session:
            if why is RemovedWhy.TIME and holds.on_anything(session, facility_id) is not None:
                continue
        keeping.remove(media, set_id)
        with transaction() as session:
            _forget(session, Scope.system(facility_id), set_id, why)
        gone += 1
    _note_missing(read, transaction, media)
    _remove_unknown(read, media)
    return gone


def lies_here(session: Session, facility_id: str) -> bool:
    """Whether discs of an area are still here: its erasure is not complete before they are gone."""
    mine = select(MediaSet.id).where(MediaSet.facility_id == facility_id, MediaSet.state != SetState.REMOVED.value)
    return session.scalar(mine.limit(1)) is not None


def _due(session: Session, why: RemovedWhy) -> Sequence[MediaSet]:
    condition: ColumnElement[bool] = MediaSet.keep_until < clock.now()
    if why is RemovedWhy.ERASED:
        condition = MediaSet.facility_id.in_(select(Erasure.facility_id).where(Erasure.began_at.is_not(None)))
    return session.scalars(select(MediaSet).where(MediaSet.state != SetState.REMOVED.value, condition)).all()


def _forget(session: Session, scope: Scope, set_id: str, why: RemovedWhy) -> None:
    """What lay on which disc goes too; the set and its discs stay as a record of what was posted."""
    service.note_removed(session, scope, set_id, why)
    if why is RemovedWhy.ERASED:
        for disc in session.scalars(select(MediaDisc).where(MediaDisc.facility_id == scope.area)):
            disc.first_patient = disc.last_patient = None
    for piece in session.scalars(
        select(MediaPiece).where(MediaPiece.facility_id == scope.area, MediaPiece.set_id == set_id)
    ):
        session.delete(piece)


def _note_missing(read: Transaction, transaction: Transaction, media: Path) -> None:
    """A set whose images nobody removed and that are not here, as after the restore of a backup."""
    with read() as session:
        ready = session.execute(
            select(MediaSet.facility_id, MediaSet.id, MediaSet.discs).where(MediaSet.state == SetState.READY.value)
        ).all()
    for facility_id, set_id, discs in ready:
        if not all(keeping.image_of(media, set_id, number).exists() for number in range(1, discs + 1)):
            with transaction() as session:
                service.note_removed(session, Scope.system(facility_id), set_id, RemovedWhy.MISSING)


def _remove_unknown(read: Transaction, media: Path) -> None:
    there = keeping.sets_there(media)
    with read() as session:
        known = select(MediaSet.id).where(MediaSet.state != SetState.REMOVED.value)
        wanted = set(session.scalars(known))
    for set_id in there - wanted:
        keeping.remove(media, set_id)
