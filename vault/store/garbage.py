"""
Garbage: blobs that nothing names go in two steps, a day apart, and their room is given back.

Looked at in small transactions, each of which asks again what it acts upon; so the work can be ended anywhere, be done
by two at once, and be done again. Nothing of an area under a hold is touched.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, not_, or_, select, update
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.database import count_changed
from vault.base.faults import Point, point
from vault.store import lists, references
from vault.store.models import ADOPTED, BlobRow, PackRow
from vault.store.store import Store
from vault.tenancy import capacity, holds

BATCH = 500

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Hands:
    """
    What the work is done with: `read` sees a snapshot, `transaction` changes rows. `wait` lies between two steps;
    what was adopted is let be for `adopted_wait`, as a database that was restored may yet be told who names it.
    `copies` says whether there is a second copy, which somebody deletes what is gone from.
    """

    store: Store
    read: Transaction
    transaction: Transaction
    wait: timedelta = timedelta(hours=24)
    adopted_wait: timedelta = timedelta(days=30)
    copies: bool = False

    @property
    def before(self) -> datetime:
        """What was condemned or emptied before this moment may go."""
        return clock.now() - self.wait


@dataclass
class Collected:
    """What one run did, in blobs, packs and bytes."""

    condemned: int = 0
    revived: int = 0
    blobs: int = 0
    bytes: int = 0
    adopted: int = 0
    compacted: int = 0
    packs: int = 0
    unreadable: int = 0
    torn: int = 0

    def add(self, other: "Collected") -> None:
        """Count another run's work in."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def condemn(hands: Hands, facility_id: str) -> Collected:
    """Mark what nothing names; take the mark off what is named again."""
    found = Collected()
    with hands.transaction() as session:
        if _is_kept(session, facility_id):
            return found
        again = update(BlobRow).where(BlobRow.facility_id == facility_id, BlobRow.condemned_at.is_not(None))
        found.revived = count_changed(session, again.where(references.is_named(facility_id)).values(condemned_at=None))
    nameless = [
        BlobRow.facility_id == facility_id,
        BlobRow.condemned_at.is_(None),
        not_(references.is_named(facility_id)),
        or_(BlobRow.kind != ADOPTED, BlobRow.pack.in_(_adopted_long_ago(hands, facility_id))),
    ]
    with hands.read() as session:
        digests = list(session.scalars(select(BlobRow.digest).where(*nameless)))
    for start in range(0, len(digests), BATCH):
        with hands.transaction() as session:
            if _is_kept(session, facility_id):
                return found
            these = update(BlobRow).where(*nameless, BlobRow.digest.in_(digests[start : start + BATCH]))
            found.condemned += count_changed(session, these.values(condemned_at=clock.now()))
        point(Point.GARBAGE_CONDEMNED)
    return found


def sweep(hands: Hands, facility_id: str) -> Collected:
    """Let go of what was condemned a day ago and is still not named: its row goes, its room is given back."""
    found = Collected()
    while True:
        with hands.transaction() as session:
            gone = [] if _is_kept(session, facility_id) else _let_go(session, facility_id, hands.before)
        found.blobs += len(gone)
        found.bytes += sum(gone)
        if not gone:
            return found
        point(Point.GARBAGE_SWEPT)


def _adopted_long_ago(hands: Hands, facility_id: str) -> Select[str]:
    before = clock.now() - hands.adopted_wait
    return select(PackRow.pack).where(PackRow.facility_id == facility_id, PackRow.registered_at < before)


def _is_kept(session: Session, facility_id: str) -> bool:
    return holds.on_area(session, facility_id) is not None


def _let_go(session: Session, facility_id: str, before: datetime) -> list[int]:
    """Sizes of the blobs of one batch, whose rows are gone with this transaction."""
    dead = [
        BlobRow.facility_id == facility_id,
        BlobRow.condemned_at < before,
        not_(references.is_named(facility_id)),
    ]
    digests = list(session.scalars(select(BlobRow.digest).where(*dead).limit(BATCH)))
    if not digests:
        return []
    statement = delete(BlobRow).where(*dead, BlobRow.digest.in_(digests))
    rows = session.execute(statement.returning(BlobRow.size, BlobRow.counted_in, BlobRow.digest)).all()
    lists.forget(session, facility_id, [digest for _, _, digest in rows])
    by_target: dict[str, int] = {}
    for size, target_id, _ in rows:
        if target_id is not None:
            by_target[target_id] = by_target.get(target_id, 0) + size
    for target_id, size in sorted(by_target.items()):
        capacity.free(session, facility_id, size, target_id=target_id)
    return [size for size, _, _ in rows]
