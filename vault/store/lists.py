"""Blobs kept in parts: the rows that name them, where each part lies, and what damage of a part means for the whole."""

from collections.abc import Collection

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session, aliased

from vault.base.errors import Damaged
from vault.store.models import BlobPart, BlobRow
from vault.store.writing import Stored


def keep(session: Session, stored: Stored, facility_id: str) -> None:
    """Make the rows of a blob's parts those of the list at which its row points; none where it is in one record."""
    forget(session, facility_id, [stored.digest])
    rows, start = [], 0
    for place, (part, size) in enumerate(stored.parts):
        row = {"facility_id": facility_id, "digest": stored.digest, "place": place, "part": part}
        rows.append(row | {"start": start, "size": size})
        start += size
    if rows:
        session.execute(insert(BlobPart), rows)


def forget(session: Session, facility_id: str, digests: Collection[str]) -> None:
    """The blobs `digests` are gone, so their parts are named by them no more."""
    session.execute(delete(BlobPart).where(BlobPart.facility_id == facility_id, BlobPart.digest.in_(digests)))


def located(session: Session, row: BlobRow) -> list[Stored]:
    """Where each part of the row's blob lies, in order; empty for one in a single record. Damaged where one is lost."""
    if not row.parts:
        return []
    joined = select(BlobRow).join(
        BlobPart, (BlobPart.facility_id == BlobRow.facility_id) & (BlobPart.part == BlobRow.digest)
    )
    mine = joined.where(BlobPart.facility_id == row.facility_id, BlobPart.digest == row.digest)
    found = [
        Stored(part.digest, part.pack, part.offset, part.length, part.size)
        for part in session.scalars(mine.order_by(BlobPart.place))
    ]
    if len(found) != row.parts or sum(part.size for part in found) != row.size:
        raise Damaged(digest=row.digest)
    return found


def parts_of(session: Session, facility_id: str, digest: str) -> list[tuple[str, int]]:
    """Digest and size of each part of a blob, in order."""
    mine = select(BlobPart.part, BlobPart.size).where(BlobPart.facility_id == facility_id, BlobPart.digest == digest)
    return [(part, size) for part, size in session.execute(mine.order_by(BlobPart.place))]


def wholes_of(session: Session, facility_id: str, part: str) -> list[str]:
    """Digests of the blobs that the part belongs to."""
    mine = select(BlobPart.digest).where(BlobPart.facility_id == facility_id, BlobPart.part == part)
    return list(session.scalars(mine.distinct().order_by(BlobPart.digest)))


def has_damaged_part(session: Session, facility_id: str, digest: str) -> bool:
    """Whether any part of the blob is damaged."""
    joined = select(BlobRow.digest).join(
        BlobPart, (BlobPart.facility_id == BlobRow.facility_id) & (BlobPart.part == BlobRow.digest)
    )
    mine = joined.where(BlobPart.facility_id == facility_id, BlobPart.digest == digest)
    return session.scalar(mine.where(BlobRow.damaged_at.is_not(None)).limit(1)) is not None


def heal(session: Session, facility_id: str, part: str) -> None:
    """A part is sound again: so is each blob it belongs to that has no other damaged part."""
    other = aliased(BlobRow)
    still = exists().where(
        BlobPart.facility_id == facility_id,
        BlobPart.digest == BlobRow.digest,
        other.facility_id == facility_id,
        other.digest == BlobPart.part,
        other.damaged_at.is_not(None),
    )
    wholes = wholes_of(session, facility_id, part)
    if wholes:
        mine = update(BlobRow).where(BlobRow.facility_id == facility_id, BlobRow.digest.in_(wholes), ~still)
        session.execute(mine.values(damaged_at=None))
