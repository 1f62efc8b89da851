"""What changes the rows of the store: registering durable blobs, rebuilding from packs, reporting damage."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import count_changed, insert_if_absent, insert_new
from vault.base.errors import Unavailable
from vault.base.outbox import Event, publish
from vault.base.scope import Scope
from vault.store import lists, scan
from vault.store.backends import Backend
from vault.store.models import ADOPTED, DATA, DERIVED, PART, BlobRow, Find, PackRow
from vault.store.packs import Area, Stored
from vault.tenancy import capacity


@dataclass(frozen=True)
class BlobDamaged(Event):
    """A blob was found altered or cut; it is not served."""

    name: ClassVar[str] = "blob.damaged"
    digest: str


def register(
    session: Session, facility_id: str, stored: Sequence[Stored], *, kind: str = DATA, target_id: str = ""
) -> set[str]:
    """
    Record where durable blobs lie; returns the digests that the area did not hold before: the caller counts the bytes
    of those that are not derived as used, within the limit of `target_id`. Parts are not among them: the blob that
    they make counts, also where it is the only part of itself.

    A blob that another call registered meanwhile keeps its row: its second copy is garbage in its pack. One that was
    damaged or condemned lives by what came now; its bytes are counted already, so it is not among those returned.
    """
    # A blob that is a part of another as well counts by itself, so it comes last.
    known = {one.digest: one for one in sorted(stored, key=lambda one: not one.is_part)}
    rows = [_row(facility_id, one, kind, target_id) for one in known.values()]
    if not rows:
        return set()
    if any(one.is_part for one in known.values()):
        capacity.take_turn(session, facility_id)  # nobody lets go of a part that is being named
    made = insert_new(session, BlobRow, rows, named="digest")
    note_packs(session, facility_id, stored)
    there = [row for row in rows if row["digest"] not in made]
    revived = {row["digest"] for row in there if _revived(session, row)}
    # Once more for those neither revived nor new: a row that was there at first may have been collected since.
    again = [row for row in there if row["digest"] not in revived]
    made |= insert_new(session, BlobRow, again, named="digest")
    for one in known.values():
        if one.digest in revived or (one.parts and one.digest in made):
            lists.keep(session, one, facility_id)
    made |= {one.digest for one in known.values() if one.digest not in made and _promoted(session, one, there)}
    return {digest for digest in made if not known[digest].is_part}


def keep_held(session: Session, facility_id: str, digest: str) -> None:
    """Name again what the area was found to hold; Unavailable where it was let go of or damaged meanwhile."""
    mine = update(BlobRow).where(BlobRow.facility_id == facility_id, BlobRow.digest == digest)
    sound = mine.where(BlobRow.damaged_at.is_(None), BlobRow.counted_in.is_not(None))
    # Written even where it changes nothing: whoever is letting go of the row waits, and looks again.
    if not count_changed(session, sound.values(condemned_at=None)):
        raise Unavailable("cannot_store")


def note_packs(session: Session, facility_id: str, stored: Sequence[Stored]) -> None:
    """Make the packs known in which these blobs lie."""
    for pack in sorted({one.pack for one in stored}):
        insert_if_absent(session, PackRow, facility_id=facility_id, pack=pack, registered_at=clock.now())


def rebuild(session: Session, backend: Backend, area: Area) -> set[str]:
    """Register what the packs of an area hold and its rows lack; returns the digests found that way."""
    found: set[str] = set()
    for pack in scan.packs(backend, area.facility_id):
        found |= adopt(session, area.facility_id, scan.entries(backend, area, pack))
    return found


def adopt(session: Session, facility_id: str, stored: Sequence[Stored]) -> set[str]:
    """Register what a pack was found to hold; what was new of it is returned, and counts as used whatever the limit."""
    found = register(session, facility_id, stored, kind=ADOPTED)
    sizes = {one.digest: one.size for one in stored if one.digest in found}
    capacity.count(session, facility_id, sum(sizes.values()))
    return found


def report_damage(session: Session, facility_id: str, digest: str) -> bool:
    """Note, announce and log that a blob is damaged; once, however often it is met. True for the first time."""
    scope = Scope.system(facility_id)
    unmarked = update(BlobRow).where(
        BlobRow.facility_id == scope.area, BlobRow.digest == digest, BlobRow.damaged_at.is_(None)
    )
    if not count_changed(session, unmarked.values(damaged_at=clock.now())):
        return False
    audit.record(session, scope, "blob.damaged", items=[f"blob:{digest}"])
    publish(session, BlobDamaged(facility_id, digest))
    for whole in lists.wholes_of(session, facility_id, digest):
        report_damage(session, facility_id, whole)
    return True


def report_sound(session: Session, facility_id: str, pack: str, digests: Collection[str]) -> int:
    """Blobs of that pack are what was stored: those that counted as damaged are served again; returns how many."""
    marked = select(BlobRow.digest, BlobRow.parts).where(
        BlobRow.facility_id == facility_id, BlobRow.pack == pack, BlobRow.damaged_at.is_not(None)
    )
    count = 0
    for digest, parts in session.execute(marked).all():
        if digest not in digests or (parts and lists.has_damaged_part(session, facility_id, digest)):
            continue
        mine = update(BlobRow).where(BlobRow.facility_id == facility_id, BlobRow.digest == digest)
        session.execute(mine.values(damaged_at=None))
        audit.record(session, Scope.system(facility_id), "blob.healed", items=[f"blob:{digest}"])
        lists.heal(session, facility_id, digest)
        count += 1
    return count


def _revived(session: Session, row: dict[str, object]) -> bool:
    """
    Point the row of a damaged or condemned blob at bytes that came again; a sound one stays as it is, and so does a
    damaged one that is found in its old place again, as when rows are rebuilt.
    """
    mine = update(BlobRow).where(BlobRow.facility_id == row["facility_id"], BlobRow.digest == row["digest"])
    place = {name: row[name] for name in ("pack", "offset", "length", "size", "parts")}
    fresh = mine.values(damaged_at=None, condemned_at=None, **place)
    elsewhere = (BlobRow.pack != row["pack"]) | (BlobRow.offset != row["offset"])
    if count_changed(session, fresh.where(BlobRow.damaged_at.is_not(None), elsewhere)):
        audit.record(session, Scope.system(str(row["facility_id"])), "blob.healed", items=[f"blob:{row['digest']}"])
        lists.heal(session, str(row["facility_id"]), str(row["digest"]))
        ended = update(Find).where(Find.facility_id == row["facility_id"], Find.digest == row["digest"])
        session.execute(ended.where(Find.healed_at.is_(None)).values(healed_at=clock.now(), how="sent"))
        return True
    return bool(count_changed(session, fresh.where(BlobRow.condemned_at.is_not(None), BlobRow.damaged_at.is_(None))))


def _promoted(session: Session, stored: Stored, there: Sequence[dict[str, object]]) -> bool:
    """Whether what was only a part, or made from something else, counts by itself from now on."""
    row = next((row for row in there if row["digest"] == stored.digest), None)
    if row is None or row["counted_in"] is None:
        return False
    # What is found in a pack may be a thumbnail again; what was given is none.
    uncounted = (PART, DERIVED) if row["kind"] == DATA else (PART,)
    mine = update(BlobRow).where(BlobRow.facility_id == row["facility_id"], BlobRow.digest == stored.digest)
    counted = mine.where(BlobRow.kind.in_(uncounted)).values(kind=row["kind"], counted_in=row["counted_in"])
    return bool(count_changed(session, counted))


def _row(facility_id: str, stored: Stored, kind: str, target_id: str) -> dict[str, object]:
    return {
        "facility_id": facility_id,
        "digest": stored.digest,
        "pack": stored.pack,
        "offset": stored.offset,
        "length": stored.length,
        "size": stored.size,
        "kind": PART if stored.is_part else kind,
        "counted_in": None if kind == DERIVED or stored.is_part else target_id,
        "parts": len(stored.parts),
    }
