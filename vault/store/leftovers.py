"""
What uploads leave behind: parts that nothing names, and bytes that came again although they are held.

They count until their packs are gone, so that sending and giving up can't fill the disk. The packs go at once, but
while a hold is on the area or a system backup runs: then by the garbage collection that comes after.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import structlog
from sqlalchemy import delete, select, union_all
from sqlalchemy.orm import Session

from vault.base.database import Database
from vault.store import emptied, references
from vault.store.garbage import Hands
from vault.store.models import PART, BlobRow
from vault.store.packs import Area, Stored
from vault.store.store import Store
from vault.tenancy import capacity
from vault.tenancy.models import Reservation

log = structlog.get_logger()
_BATCH = 500


def let_go(session: Session, facility_id: str, digests: Iterable[str]) -> None:
    """Forget those of `digests` that are parts and that nothing names; their bytes count on for their packs."""
    asked = list(dict.fromkeys(digests))
    capacity.take_turn(session, facility_id)
    for start in range(0, len(asked), _BATCH):
        some = asked[start : start + _BATCH]
        nameless = set(some) - _named(session, facility_id, some)
        mine = delete(BlobRow).where(BlobRow.facility_id == facility_id, BlobRow.digest.in_(nameless))
        gone = session.execute(mine.where(BlobRow.kind == PART).returning(BlobRow.pack, BlobRow.size)).all()
        _count(session, facility_id, [(pack, size) for pack, size in gone])


def settle(session: Session, facility_id: str, stored: Sequence[Stored]) -> None:
    """Of blobs that were registered and named, count what lies in their packs for nothing."""
    let_go(session, facility_id, [one.digest for one in stored if one.is_part])
    places = _places(session, facility_id, [one.digest for one in stored])
    surplus = [one for one in stored if places.get(one.digest, (one.pack, one.offset)) != (one.pack, one.offset)]
    _count(session, facility_id, [(one.pack, one.length if one.parts else one.size) for one in surplus])


def require_room(session: Session, facility_id: str) -> None:
    """OverCapacity where leftovers that can't be deleted yet take more than the area has."""
    if _subjects(session, facility_id):
        capacity.require_not_over(session, facility_id)


def clear(database: Database, store: Store, facility_id: str) -> None:
    """Delete the area's packs that are left over and that nothing points into; one that can't be is left to later."""
    hands = Hands(store, database.read, database.transaction)
    with database.read() as session:
        subjects = _subjects(session, facility_id)
    for subject in subjects:
        pack = subject.removeprefix(emptied.subject_of(""))
        try:
            emptied.delete_if_empty(hands, facility_id, pack)
        except OSError as problem:
            log.warning("pack not deleted", area=facility_id, pack=pack, problem=type(problem).__name__)


def discard(store: Store, area: Area, stored: Sequence[Stored]) -> None:
    """Delete the packs of what was never registered: its transaction was refused, so nobody knows of them."""
    for pack in {one.pack for one in stored}:
        try:
            store.backend.delete(area.pack_name(pack))
        except OSError as problem:
            log.warning("pack not deleted", area=area.facility_id, pack=pack, problem=type(problem).__name__)


def _subjects(session: Session, facility_id: str) -> Sequence[str]:
    mine = select(Reservation.subject).where(Reservation.facility_id == facility_id)
    return session.scalars(mine.where(Reservation.subject.startswith(emptied.subject_of("")))).all()


def _count(session: Session, facility_id: str, sizes: Iterable[tuple[str, int]]) -> None:
    found: Counter[str] = Counter()
    for pack, size in sizes:
        found[emptied.subject_of(pack)] += size
    capacity.keep_counting(session, facility_id, found)


def _named(session: Session, facility_id: str, digests: Collection[str]) -> set[str]:
    """Those of a few digests that anything names; the condition of garbage collection reads every name there is."""
    named = (
        select(one.digest).where(one.facility == facility_id, one.digest.in_(digests)) for one in references.every()
    )
    return set(session.scalars(union_all(*named)))


def _places(session: Session, facility_id: str, digests: Sequence[str]) -> Mapping[str, tuple[str, int]]:
    """Pack and offset at which the rows of `digests` point."""
    found: dict[str, tuple[str, int]] = {}
    for start in range(0, len(digests), _BATCH):
        mine = select(BlobRow.digest, BlobRow.pack, BlobRow.offset).where(BlobRow.facility_id == facility_id)
        rows = session.execute(mine.where(BlobRow.digest.in_(digests[start : start + _BATCH])))
        found.update((digest, (pack, offset)) for digest, pack, offset in rows)
    return found
