"""Compaction: what lives of packs that are mostly dead is copied to a new pack, verified on the way."""

from collections.abc import Iterator

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from vault.base.errors import Damaged
from vault.base.faults import Point, point
from vault.base.scope import Scope
from vault.store import lists, service
from vault.store.backends import Missing
from vault.store.garbage import Collected, Hands
from vault.store.models import PART, BlobRow, PackRow
from vault.store.packs import Area, Deposit, Stored, name_of
from vault.store.records import Blob
from vault.tenancy import holds

LEAST_LIVE = 0.5
"""A pack of which less than this lives is compacted."""


def compact(hands: Hands, facility_id: str) -> Collected:
    """
    Copy the living blobs of each sparse pack, then point their rows at the copies in one transaction.

    The old pack stays as it is and is deleted like any that was emptied, a day later, so that nobody reading it is
    disturbed. A pack with a damaged blob is left: its healing comes first. A stop in between leaves a pack that no row
    knows, or one that nothing points into.
    """
    found = Collected()
    with hands.read() as session:
        area = hands.store.area(session, Scope.system(facility_id))
        sparse = list(_sparse(hands, session, facility_id))
    for pack in sparse:
        found.compacted += _compacted(hands, area, pack)
    return found


def _sparse(hands: Hands, session: Session, facility_id: str) -> Iterator[str]:
    """Packs that were registered a day ago and of which less than half lives."""
    lengths = (
        select(PackRow.pack, func.sum(BlobRow.length), func.count(BlobRow.damaged_at))
        .join(BlobRow, (BlobRow.facility_id == PackRow.facility_id) & (BlobRow.pack == PackRow.pack))
        .where(PackRow.facility_id == facility_id, PackRow.registered_at < hands.before)
        .group_by(PackRow.pack)
    )
    for pack, living, damaged in session.execute(lengths.order_by(PackRow.pack)).all():
        try:
            size = hands.store.backend.size(name_of(facility_id, pack))
        except Missing:
            continue
        if not damaged and int(living) < LEAST_LIVE * size:
            yield pack


def _compacted(hands: Hands, area: Area, pack: str) -> bool:
    """Whether the pack's rows point elsewhere now."""
    with hands.read() as session:
        if holds.on_area(session, area.facility_id) is not None:
            return False
        mine = select(BlobRow).where(BlobRow.facility_id == area.facility_id, BlobRow.pack == pack)
        rows = list(session.scalars(mine.order_by(BlobRow.offset)))
        parts = {row.digest: lists.parts_of(session, area.facility_id, row.digest) for row in rows if row.parts}
    try:
        with hands.store.deposit(area) as deposit:
            for row in rows:
                if row.parts:
                    deposit.add_list(row.digest, parts[row.digest])
                else:
                    _copy(deposit, hands.store.blob(area, row), row)
            copied = deposit.finish()
    except Damaged:
        return False
    point(Point.COMPACTION_COPIED)
    with hands.transaction() as session:
        _move(session, area.facility_id, pack, copied)
    point(Point.COMPACTION_MOVED)
    return True


def _copy(deposit: Deposit, blob: Blob, row: BlobRow) -> None:
    """What lies in a single record goes into a single record."""
    frames = _Frames(blob)
    deposit.add_record(frames, size=row.size, digest=row.digest, is_part=row.kind == PART)


def _move(session: Session, facility_id: str, pack: str, copied: list[Stored]) -> None:
    """Point each row that still lies in the old pack at its copy; what was let go or sent anew is passed over."""
    service.note_packs(session, facility_id, copied)
    for one in copied:
        still = update(BlobRow).where(
            BlobRow.facility_id == facility_id, BlobRow.digest == one.digest, BlobRow.pack == pack
        )
        session.execute(still.values(pack=one.pack, offset=one.offset, length=one.length))


class _Frames:
    """A blob that is read as a source for another pack."""

    def __init__(self, blob: Blob) -> None:
        self._parts = blob.read_range(0, blob.size)
        self._rest = memoryview(b"")

    def readinto(self, view: memoryview, /) -> int:
        """Up to the length of `view`; 0 at the end."""
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = memoryview(part)
        taken = min(len(view), len(self._rest))
        view[:taken], self._rest = self._rest[:taken], self._rest[taken:]
        return taken
