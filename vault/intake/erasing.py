"""
Erasing a whole area, as it is carried out: the key first, and with it everything is unreadable; then rows and packs.

Each step is its own transaction and looks at what is left to do, so that a stop anywhere is gone on from. From the
first step on there is no way back: the certificate is signed when nothing is left, here or in the second copy.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import insert_if_absent
from vault.base.errors import Conflict
from vault.base.faults import Point, point
from vault.base.scope import Scope
from vault.exams import erased
from vault.intake import receipts
from vault.intake.erasure import require_erasable
from vault.intake.models import Erasure, ReceiptHead
from vault.intake.signing import SigningKeys, canonical
from vault.store import areas, leases, scan
from vault.store.garbage import BATCH, Hands
from vault.store.models import AreaKey, BlobPart, BlobRow, GoneCopy, PackRow
from vault.store.packs import name_of
from vault.tenancy import facilities
from vault.tenancy.models import Reservation, Space

VERSION = 1
KIND = "kura-erasure"
_elsewhere: list[Callable[[Session, str], bool]] = []


def waits_for(lies_here: Callable[[Session, str], bool]) -> None:
    """Have no certificate signed while that says that something of an area lies elsewhere than in packs and rows."""
    if lies_here not in _elsewhere:
        _elsewhere.append(lies_here)


def carry_out(hands: Hands, signing: SigningKeys, erasure_id: str) -> bool:
    """
    Erase an area whose time has come; True once its certificate is signed.

    False where a hold or a contract stands against it, a system backup runs, or a second copy or what `waits_for` was
    told of is still to be deleted: try again later.
    """
    facility_id = _begin(hands, erasure_id)
    if facility_id is None:
        return False
    if not _destroy_key(hands, facility_id):
        return False
    _forget_rows(hands, facility_id)
    _delete_packs(hands, facility_id)
    return _certify(hands, signing, erasure_id)


def _begin(hands: Hands, erasure_id: str) -> str | None:
    """The facility, once the erasure has begun and what there is to erase was counted."""
    with hands.transaction() as session:
        found = session.scalar(select(Erasure).where(Erasure.id == erasure_id).with_for_update())
        if found is None or found.cancelled_at is not None or found.erased_at is not None:
            return None
        if found.began_at is None:
            try:
                require_erasable(session, found.facility_id)
            except Conflict:
                return None
            found.began_at, found.content = clock.now(), _counted(hands, session, found)
            session.flush()
            scope = Scope.system(found.facility_id)
            audit.record(session, scope, "erasure.begun", why=found.reason, items=[f"erasure:{found.id}"])
    point(Point.ERASURE_BEGUN)
    return found.facility_id


def _counted(hands: Hands, session: Session, erasure: Erasure) -> dict[str, Any]:
    """What the certificate will say of the area, while its key is still there."""
    scope = Scope.system(erasure.facility_id)
    key = session.scalar(select(AreaKey).where(AreaKey.facility_id == scope.area).with_for_update())
    blobs = select(func.count(), func.coalesce(func.sum(BlobRow.length), 0)).where(BlobRow.facility_id == scope.area)
    count, size = session.execute(blobs).one()
    packs = session.scalar(select(func.count()).select_from(PackRow).where(PackRow.facility_id == scope.area))
    last = session.scalar(select(ReceiptHead).where(ReceiptHead.facility_id == scope.area))
    return {
        "version": VERSION,
        "kind": KIND,
        "area": scope.area,
        "facility": facilities.of(session, scope).code,
        "ordered_at": _written(erasure.ordered_at),
        "blobs": count,
        "bytes": int(size),
        "packs": packs or 0,
        "key_fingerprint": areas.fingerprint(hands.store.area(session, scope)) if key is not None else None,
        "provider_key": key.key_id if key is not None else None,
        "last_sequence": last.sequence if last is not None else 0,
        "last_receipt": last.digest if last is not None else None,
    }


def _destroy_key(hands: Hands, facility_id: str) -> bool:
    """
    The key goes from the row, then from beside the packs, and its copy is to go: nothing can be opened any more.

    False while a backup runs that may not have copied it yet; what is erased already is not in it.
    """
    with hands.transaction() as session:
        stands = leases.until(session)
        key = session.scalar(select(AreaKey).where(AreaKey.facility_id == facility_id).with_for_update())
        if key is None:
            # An area that never stored anything gets a row all the same, so that it never will.
            empty = {"key_id": "", "sealed": b"", "made_at": clock.now(), "erased_at": clock.now()}
            insert_if_absent(session, AreaKey, facility_id=facility_id, **empty)
        elif key.erased_at is None:
            if stands is not None:
                return False
            key.sealed, key.key_id, key.erased_at = b"", "", clock.now()
            session.flush()
            _gone(session, facility_id, areas.file_of(facility_id))
    hands.store.backend.delete(areas.file_of(facility_id))
    point(Point.ERASURE_KEY_GONE)
    return True


def _forget_rows(hands: Hands, facility_id: str) -> None:
    """Rows of exams, drive and blobs, batch after batch."""
    more = True
    while more:
        with hands.transaction() as session:
            exams = erased.forget_exams(session, facility_id)
            for exam_id in exams:
                receipts.note_removal(session, facility_id, exam_id)
            more = bool(exams) or bool(erased.forget_drive(session, facility_id))
    more = True
    while more:
        with hands.transaction() as session:
            mine = select(BlobRow.digest).where(BlobRow.facility_id == facility_id).limit(BATCH)
            digests = session.scalars(mine).all()
            session.execute(delete(BlobRow).where(BlobRow.facility_id == facility_id, BlobRow.digest.in_(digests)))
            more = bool(digests)
    with hands.transaction() as session:
        session.execute(delete(BlobPart).where(BlobPart.facility_id == facility_id))
        session.execute(delete(Reservation).where(Reservation.facility_id == facility_id))
        session.execute(update(Space).where(Space.facility_id == facility_id).values(used=0, reserved=0))
    point(Point.ERASURE_ROWS_GONE)


def _delete_packs(hands: Hands, facility_id: str) -> None:
    """Every pack, also those that no row knew; each one's copy is to go before the pack itself does."""
    with hands.read() as session:
        known = session.scalars(select(PackRow.pack).where(PackRow.facility_id == facility_id)).all()
    for pack in sorted({*known, *scan.packs(hands.store.backend, facility_id)}):
        with hands.transaction() as session:
            _gone(session, facility_id, name_of(facility_id, pack))
        hands.store.backend.delete(name_of(facility_id, pack))
        with hands.transaction() as session:
            session.execute(delete(PackRow).where(PackRow.facility_id == facility_id, PackRow.pack == pack))
    point(Point.ERASURE_PACKS_GONE)


def _certify(hands: Hands, signing: SigningKeys, erasure_id: str) -> bool:
    """Sign, once nothing is left; the certificate is there with the commit."""
    with hands.transaction() as session:
        found = session.scalars(select(Erasure).where(Erasure.id == erasure_id).with_for_update()).one()
        if found.erased_at is not None:
            return True
        if hands.copies and _copies_left(session, found.facility_id):
            return False
        if any(lies_here(session, found.facility_id) for lies_here in _elsewhere):
            return False
        found.erased_at = clock.now()
        signed = signing.sign({**(found.content or {}), "erased_at": _written(found.erased_at)})
        found.certificate = canonical(signed).decode()
        session.flush()
        scope = Scope.system(found.facility_id)
        audit.record(session, scope, "area.erased", why=found.reason, items=[f"erasure:{found.id}"])
    point(Point.ERASURE_CERTIFIED)
    return True


def _gone(session: Session, facility_id: str, name: str) -> None:
    insert_if_absent(session, GoneCopy, facility_id=facility_id, name=name, added_at=clock.now())


def _copies_left(session: Session, facility_id: str) -> bool:
    return session.scalar(select(GoneCopy.name).where(GoneCopy.facility_id == facility_id).limit(1)) is not None


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
