"""
Restore drills: a random sample of an area is restored and compared, and what came of it is signed.

Each image and file is read as a restore reads it, from the packs and from their second copy, hashed, and held against
what the exam's receipt says. The proof names everything by its digest.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vault.backup.models import RestoreDrill
from vault.base import audit, clock
from vault.base.errors import AppError, Invalid, NotFound
from vault.base.scope import Scope, scoped
from vault.base.settings import Vault as VaultSettings
from vault.exams.models import DriveFile, Exam, ExamImage, ExamState
from vault.intake import receipts
from vault.intake.signing import SigningKeys, canonical, verify
from vault.store import queries
from vault.store.backends import Backend
from vault.store.copying import second_of
from vault.store.garbage import Hands
from vault.store.models import AreaKey, PackRow
from vault.store.places import FIRST, SECOND
from vault.tenancy import mailing

VERSION = 1
KIND = "kura-restore-drill"
FAILED = "drill.failed"


@dataclass
class _Sample:
    """What was restored so far: each thing by name and digest, and what did not compare."""

    images: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    receipts: set[int] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    bytes: int = 0


def due(session: Session, every: timedelta) -> list[str]:
    """Areas that hold something and whose last drill is so long ago."""
    recent = select(RestoreDrill.facility_id).where(RestoreDrill.made_at > clock.now() - every)
    holding = select(AreaKey.facility_id).join(PackRow, PackRow.facility_id == AreaKey.facility_id)
    waiting = holding.where(AreaKey.erased_at.is_(None), AreaKey.facility_id.not_in(recent))
    return list(session.scalars(waiting.distinct().order_by(AreaKey.facility_id)))


def drill(hands: Hands, signing: SigningKeys, scope: Scope, policy: VaultSettings) -> RestoreDrill:
    """Restore a sample of the scope's area: one exam whole, and images and files as many as `policy` says."""
    began, sample, copies = time.monotonic(), _Sample(), _copies(hands)
    with hands.read() as session:
        exams = _random_exams(session, scope, policy.drill_images)
        files = session.scalars(
            _random(scope, DriveFile).where(DriveFile.deleted_at.is_(None)).limit(policy.drill_files)
        )
        for exam in exams:
            images = _images(session, scope, exam, whole=exam is exams[0])
            listed = _listed(session, scope, signing, exam, sample)
            for image in images:
                what = {"exam": exam.id, "name": image.name, "sha256": image.sha256, "size": image.size}
                sample.images.append(what)
                if listed.get(image.name) != (image.sha256, image.size):
                    sample.failed.append(f"receipt:{exam.id}/{image.name}")
                _restore(hands, session, scope, copies, (f"image:{exam.id}/{image.name}", image.sha256), sample)
        for file in files.all():
            sample.files.append({"path": file.path, "sha256": file.sha256, "size": file.size})
            _restore(hands, session, scope, copies, (f"file:{file.path}", file.sha256), sample)
    return _recorded(hands, signing, scope, sample, time.monotonic() - began, second=SECOND in copies)


def of_area(session: Session, scope: Scope, *, limit: int = 36) -> Sequence[RestoreDrill]:
    """The drills of the scope's area, the newest first."""
    statement = scoped(select(RestoreDrill), scope, RestoreDrill)
    return session.scalars(statement.order_by(RestoreDrill.made_at.desc(), RestoreDrill.id.desc()).limit(limit)).all()


def proof(session: Session, scope: Scope, drill_id: str) -> str:
    """The signed proof of a drill of the scope's area, canonical JSON; NotFound."""
    statement = scoped(select(RestoreDrill.document), scope, RestoreDrill).where(RestoreDrill.id == drill_id)
    found = session.scalar(statement)
    if found is None:
        raise NotFound("drill")
    return found


def _copies(hands: Hands) -> dict[str, Backend]:
    """From where to restore; a second copy that does not answer is told by `kura check`, not by this."""
    try:
        second = second_of(hands)
    except AppError:
        second = None
    return {FIRST: hands.store.backend} | ({} if second is None else {SECOND: second})


def _random(scope: Scope, model: Any) -> Any:
    return scoped(select(model), scope, model).order_by(func.random())


def _random_exams(session: Session, scope: Scope, count: int) -> list[Exam]:
    held = _random(scope, Exam).where(Exam.state == ExamState.HELD.value)
    return list(session.scalars(held.limit(count)))


def _images(session: Session, scope: Scope, exam: Exam, *, whole: bool) -> list[ExamImage]:
    mine = _random(scope, ExamImage).where(ExamImage.exam_id == exam.id)
    return list(session.scalars(mine if whole else mine.limit(1)))


def _listed(
    session: Session, scope: Scope, signing: SigningKeys, exam: Exam, sample: _Sample
) -> dict[str, tuple[str, int]]:
    """Digest and size of each image by the exam's receipt, whose signature is verified."""
    receipt = receipts.of_exam(session, scope, exam.id)
    if receipt is None:
        return {}
    known = {one["key_id"]: one["public_key"] for one in receipts.receipt_keys(session, signing)}
    try:
        verify(receipt, known)
    except Invalid:
        return {}
    sample.receipts.add(int(receipt["sequence"]))
    return {one["name"]: (one["sha256"], one["size"]) for one in receipt["images"]}


def _restore(
    hands: Hands, session: Session, scope: Scope, copies: dict[str, Backend], what: tuple[str, str], sample: _Sample
) -> None:
    """Read it from every copy that its pack has, and compare the digest of what came."""
    name, digest = what
    for place, backend in copies.items():
        try:
            row = queries.blob(session, scope, digest)
            if place == SECOND and not _is_copied(session, scope, row.pack):
                continue
            running, area = hashlib.sha256(), hands.store.area(session, scope)
            for part in hands.store.copy_of(backend, area, row).read_range(0, row.size):
                running.update(part)
                sample.bytes += len(part)
            same = running.hexdigest() == digest
        except AppError:
            same = False
        if not same:
            sample.failed.append(f"{place}:{name}")


def _is_copied(session: Session, scope: Scope, pack: str) -> bool:
    mine = scoped(select(PackRow.copied_at), scope, PackRow).where(PackRow.pack == pack)
    return session.scalar(mine) is not None


def _recorded(
    hands: Hands, signing: SigningKeys, scope: Scope, sample: _Sample, seconds: float, *, second: bool
) -> RestoreDrill:
    now = clock.now()
    content = {
        "version": VERSION,
        "kind": KIND,
        "area": scope.area,
        "made_at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "images": sample.images,
        "files": sample.files,
        "receipts": sorted(sample.receipts),
        "bytes": sample.bytes,
        "milliseconds": int(seconds * 1000),
        "second_copy": second,
        "failed": sorted(sample.failed),
    }
    made = RestoreDrill(
        facility_id=scope.area,
        made_at=now,
        images=len(sample.images),
        files=len(sample.files),
        bytes=sample.bytes,
        seconds=seconds,
        receipts=sorted(sample.receipts),
        failed=sorted(sample.failed),
        document=canonical(signing.sign(content)).decode(),
    )
    with hands.transaction() as session:
        session.add(made)
        session.flush()
        what = FAILED if made.failed else "drill.made"
        audit.record(session, scope, what, items=[f"drill:{made.id}"])
        for audience in (f"facility:{scope.area}", "role:admin") if made.failed else ():
            counts = {"failed": len(made.failed), "images": made.images, "files": made.files}
            mailing.tell(session, audience, FAILED, made.id, facility_id=scope.area, values=counts)
    return made
