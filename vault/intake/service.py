"""Announcing an exam, adding to it, and committing it; the bytes come in between, by `bundles`."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, insert, or_, select
from sqlalchemy.orm import Session

from vault.base import audit, clock, ids
from vault.base.database import insert_new
from vault.base.errors import Conflict, Invalid, TooLarge
from vault.base.faults import Point, point
from vault.base.outbox import publish
from vault.base.scope import FACILITY_ROLES, Role, Scope, get_for, scoped
from vault.contracts import queries as contracts
from vault.exams import queries as exams
from vault.exams import tasks as exam_tasks
from vault.exams.events import ExamHeld
from vault.exams.models import Exam, ExamImage, ExamState
from vault.exams.names import folded
from vault.intake import promises, receipts
from vault.intake.manifest import MOST_IMAGES, Image, Manifest
from vault.intake.promises import Listed
from vault.intake.signing import SigningKeys
from vault.store import queries as blobs
from vault.store.store import Store


@dataclass(frozen=True)
class Announced:
    """What a device is told: `missing` digests (hex) are to be sent; `made` is False for an exam that was known."""

    id: str
    missing: list[str]
    state: str
    made: bool


def announce(session: Session, scope: Scope, store: Store, manifest: Manifest) -> Announced:
    """
    Make the exam, or find the one this manifest or this device's key made, and promise the room that it needs.

    Raises Invalid (`opted_out`; a size that contradicts what is held), OverCapacity, and Gone for an exam that the
    facility deleted; nothing is kept then.
    """
    _require(scope)
    exam, made = _find(session, scope, manifest), False
    if exam is not None:
        exams.require_there(exam)
    if exam is None:
        agreed = contracts.agreed(session, scope, contracts.target_of_caller(session, scope))
        if agreed.opted_out(manifest.patient_id):
            raise Invalid("opted_out", field="patient_id")
        exam, made = _make(session, scope, manifest, agreed.target_id)
    if not made:
        return Announced(exam.id, promises.keep(session, scope, exam), exam.state, made=False)
    _add_images(session, scope, exam, manifest.images, first=0)
    store.ensure_area(session, scope.area)
    images = [promises.Listed(image.name, image.sha256, image.size) for image in manifest.images]
    missing = promises.keep_new(session, scope, exam, images)
    point(Point.EXAM_ANNOUNCED)
    return Announced(exam.id, missing, exam.state, made=True)


def add_images(session: Session, scope: Scope, exam_id: str, images: Sequence[Image]) -> Announced:
    """
    Add images to an exam that is still receiving; those it has already stay as they are.

    Raises Invalid for a name that is taken by other bytes, Conflict after the commit, OverCapacity.
    """
    _require(scope)
    exam = get_for(session, scope, Exam, exam_id, lock=True)
    exams.require_there(exam)
    known = {image.folded_name: image for image in exams.images_of(session, scope, exam_id)}
    new = []
    for place, image in enumerate(images):
        there = known.get(folded(image.name))
        if there is None:
            new.append(image)
        elif (there.name, there.sha256, there.size) != (image.name, image.sha256, image.size):
            raise Invalid("name_taken", field=f"images.{place}.name")
    if new and exam.state != ExamState.RECEIVING:
        raise Conflict("exam_held", state=exam.state)
    if len(known) + len(new) > MOST_IMAGES:
        raise TooLarge("too_many_images", limit=MOST_IMAGES)
    _add_images(session, scope, exam, new, first=len(known))
    return Announced(exam.id, promises.keep(session, scope, exam), exam.state, made=False)


def commit(session: Session, scope: Scope, signing: SigningKeys, exam_id: str) -> dict[str, Any]:
    """
    Declare the exam complete and give its receipt; the same one however often it is asked for.

    Raises Conflict with `missing` while bytes are outstanding.
    """
    _require(scope)
    exam = get_for(session, scope, Exam, exam_id, lock=True)
    exams.require_there(exam)
    given = receipts.of_exam(session, scope, exam_id)
    if given is not None:
        return given
    images = promises.listed(session, scope, exam_id)
    held = blobs.held(session, scope, [image.sha256 for image in images])
    missing = promises.missing_of(images, held)
    if missing:
        raise Conflict("images_missing", missing=missing)
    promises.release(session, exam)
    return complete(session, scope, signing, exam, images)


def complete(
    session: Session, scope: Scope, signing: SigningKeys, exam: Exam, images: Sequence[Listed]
) -> dict[str, Any]:
    """The exam is held from now on: its receipt. The caller has locked it and seen that all of `images` are there."""
    exam.state, exam.held_at = ExamState.HELD.value, clock.now()
    receipt = receipts.issue(session, scope, signing, exam, images)
    point(Point.RECEIPT_SIGNED)
    audit.record(session, scope, "exam.held", items=[f"exam:{exam.id}"])
    publish(session, ExamHeld(scope.area, exam.id))
    exam_tasks.order_thumbnails(session, scope, exam.id)
    point(Point.EXAM_COMMITTED)
    return receipt


def _require(scope: Scope) -> None:
    scope.require(*FACILITY_ROLES, Role.SYSTEM)


def _maker(scope: Scope) -> str:
    return f"device:{scope.device_id}" if scope.device_id else f"person:{scope.person_id or scope.who}"


def _find(session: Session, scope: Scope, manifest: Manifest) -> Exam | None:
    """By the device's own key, else by the manifest; what was announced without one is not found by it."""
    by_key = and_(Exam.maker == _maker(scope), Exam.key == manifest.key, Exam.key.is_not(None))
    by_manifest = and_(Exam.manifest == manifest.digest, Exam.manifest.is_not(None))
    mine = scoped(select(Exam), scope, Exam).where(or_(by_key, by_manifest))
    return session.scalar(mine.order_by(case((by_key, 0), else_=1)).limit(1).with_for_update())


def _make(session: Session, scope: Scope, manifest: Manifest, target_id: str) -> tuple[Exam, bool]:
    """The exam, and whether this call made it: of two that announce it at once, the other finds it."""
    made = insert_new(
        session,
        Exam,
        id=ids.new(),
        facility_id=scope.area,
        key=manifest.key,
        manifest=manifest.digest,
        maker=_maker(scope),
        patient_id=manifest.patient_id,
        performed_at=manifest.performed_at,
        kind=manifest.kind,
        note=manifest.note,
        scope_model=manifest.scope.model if manifest.scope else None,
        scope_serial=manifest.scope.serial if manifest.scope else None,
        target_id=target_id,
        device_id=scope.device_id,
        person_id=scope.person_id,
        state=ExamState.RECEIVING.value,
        created_at=clock.now(),
    )
    exam = made or _find(session, scope, manifest)
    if exam is None:
        raise Conflict("exam_announced_twice")
    return exam, made is not None


def _add_images(session: Session, scope: Scope, exam: Exam, images: Sequence[Image], *, first: int) -> None:
    """Rows for images that the exam does not have yet, from place `first` on; the caller made or locked the exam."""
    rows = [
        {
            "id": ids.new(),
            "facility_id": scope.area,
            "exam_id": exam.id,
            "position": first + place,
            "name": image.name,
            "folded_name": folded(image.name),
            "sha256": image.sha256,
            "size": image.size,
            "media_type": image.type or mimetypes.guess_type(image.name)[0] or "application/octet-stream",
            "captured_at": image.captured_at,
            "broken": False,
        }
        for place, image in enumerate(images)
    ]
    if rows:
        session.execute(insert(ExamImage), rows)
