"""Receipts: what proves that an exam is held, chained within its area so that one taken away leaves a gap."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from vault.base import clock, ids, paging
from vault.base.database import insert_all, insert_if_absent
from vault.base.paging import Page
from vault.base.scope import Scope, scoped
from vault.exams.models import Exam
from vault.intake.models import Receipt, ReceiptHead, ReceiptKey, Restoration
from vault.intake.promises import Listed
from vault.intake.signing import KnownKey, SigningKeys, canonical
from vault.tenancy.models import Facility

VERSION = 1


def digest_of(receipt: dict[str, Any]) -> str:
    """What the next receipt of the area names as `previous`: SHA-256 (hex) of all of it in canonical JSON."""
    return hashlib.sha256(canonical(receipt)).hexdigest()


def issue(
    session: Session, scope: Scope, signing: SigningKeys, whole: Sequence[tuple[Exam, Sequence[Listed]]]
) -> dict[str, dict[str, Any]]:
    """Sign the receipts of exams that are held now, as the next of their area's chain; by the exams' ids."""
    signing.refresh()
    head, facility = _locked_head(session, scope, signing)
    now = clock.now()
    given, rows = {}, []
    for exam, images in whole:
        content = {
            "version": VERSION,
            "facility": facility,
            "exam": exam.id,
            "patient_id": exam.patient_id,
            "images": [image._asdict() for image in images],
            "held_at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sequence": head.sequence + 1,
            "previous": head.digest,
        }
        given[exam.id] = signing.sign(content)
        head.sequence += 1
        rows.append(_follow(head, exam, canonical(given[exam.id]), now))
    insert_all(session, Receipt, rows)
    return given


def _follow(head: ReceiptHead, exam: Exam, document: bytes, now: datetime) -> dict[str, Any]:
    """The row of the receipt that is the end of the chain now."""
    head.digest = hashlib.sha256(document).hexdigest()
    return {
        "facility_id": head.facility_id,
        "exam_id": exam.id,
        "sequence": head.sequence,
        "digest": head.digest,
        "document": document.decode(),
        "created_at": now,
    }


def of_exam(session: Session, scope: Scope, exam_id: str) -> dict[str, Any] | None:
    """The receipt of an exam of the caller's area, as it was given; None before its commit."""
    statement = scoped(select(Receipt.document), scope, Receipt).where(Receipt.exam_id == exam_id)
    document = session.scalar(statement)
    return None if document is None else dict(json.loads(document))


@dataclass(frozen=True)
class Link:
    """One receipt of an area's chain; `removed_at` says since when the exam it proves is gone."""

    id: str
    sequence: int
    document: dict[str, Any]
    removed_at: datetime | None


def chain(session: Session, scope: Scope, *, after: str | None = None, limit: int = paging.LIMIT) -> Page[Link]:
    """The receipts of the caller's area by their sequence: also those whose exams are gone."""
    limit = paging.checked(limit)
    statement = scoped(select(Receipt), scope, Receipt)
    if after is not None:
        statement = statement.where(Receipt.sequence > int(paging.decode(after)[1]))
    rows = session.scalars(statement.order_by(Receipt.sequence).limit(limit + 1)).all()
    shown, following = paging.cut(rows, limit, lambda row: (row.created_at, str(row.sequence)))
    return Page([Link(r.exam_id, r.sequence, dict(json.loads(r.document)), r.removed_at) for r in shown], following)


def note_removal(session: Session, facility_id: str, exam_id: str) -> None:
    """Beside the receipt of an exam that is gone: since when. The chain itself never changes."""
    mine = update(Receipt).where(Receipt.facility_id == facility_id, Receipt.exam_id == exam_id)
    session.execute(mine.where(Receipt.removed_at.is_(None)).values(removed_at=clock.now()))


def publish_keys(session: Session, signing: SigningKeys) -> None:
    """Record the public half of every key that is here, so that it stays known when its file is gone."""
    for one in signing.known.values():
        _publish(session, one)


def _publish(session: Session, one: KnownKey) -> None:
    insert_if_absent(
        session,
        ReceiptKey,
        key_id=one.key_id,
        public_key=one.public_key,
        made_at=ids.moment_of(one.key_id),
        endorsed_by=one.endorsed_by,
        endorsement=one.endorsement,
    )


def receipt_keys(session: Session, signing: SigningKeys) -> list[dict[str, Any]]:
    """
    The answer's items of `GET /receipt-keys`: every key that ever signed, oldest first, and the one that signs now.

    `since` and `until` say when it signed; `endorsement` is the signature by which the key before named it.
    """
    signing.refresh()
    known: dict[str, ReceiptKey | KnownKey] = {one.key_id: one for one in session.scalars(select(ReceiptKey))}
    known |= signing.known
    ordered = sorted(known)
    return [
        {
            "key_id": key_id,
            "public_key": known[key_id].public_key,
            "state": "active" if key_id == signing.current else "retired",
            "since": _moment(key_id),
            "until": _moment(following) if following else None,
            "endorsed_by": known[key_id].endorsed_by,
            "endorsement": known[key_id].endorsement,
        }
        for key_id, following in zip(ordered, [*ordered[1:], None], strict=True)
    ]


def _moment(key_id: str) -> str:
    return ids.moment_of(key_id).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _locked_head(session: Session, scope: Scope, signing: SigningKeys) -> tuple[ReceiptHead, str]:
    """The end of the area's chain, locked, and the facility's code; the key that signs next is published."""
    columns = select(ReceiptHead, Facility.code, ReceiptKey.key_id).join(
        Facility, Facility.id == ReceiptHead.facility_id
    )
    columns = columns.outerjoin(ReceiptKey, ReceiptKey.key_id == signing.current)
    locked = scoped(columns, scope, ReceiptHead).with_for_update(of=ReceiptHead)
    found = session.execute(locked).one_or_none()
    if found is None:
        # Beyond every number that may have been given out before the database was restored.
        first = session.scalar(select(func.max(Restoration.gap))) or 0
        insert_if_absent(session, ReceiptHead, facility_id=scope.area, sequence=first, digest=None)
        found = session.execute(locked).one()
    head, facility, published = found
    if published is None:
        _publish(session, signing.known[signing.current])
    return head, facility
