"""Announcing exams, adding to one, and committing them; the bytes come in between, by `bundles`."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from vault.base import audit, clock, ids
from vault.base.database import insert_all
from vault.base.errors import Conflict, Invalid, TooLarge
from vault.base.faults import Point, point
from vault.base.outbox import publish
from vault.base.scope import FACILITY_ROLES, Role, Scope, get_for, scoped
from vault.contracts import queries as contracts
from vault.exams import queries as exams
from vault.exams import tasks as exam_tasks
from vault.exams.events import ExamsHeld
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
    """As `announce_all`, of one exam."""
    return announce_all(session, scope, store, [manifest])[0]


def announce_all(session: Session, scope: Scope, store: Store, manifests: Sequence[Manifest]) -> list[Announced]:
    """
    Make each exam, or find the one its manifest or this device's key made, and promise the room that they need.

    All or none: raises Invalid (`opted_out`; a size that contradicts what is held), OverCapacity, and Gone for an exam
    that the facility deleted; nothing is kept then.
    """
    _require(scope)
    known = _find(session, scope, manifests)
    for exam in known.values():
        exams.require_there(exam)
    _refuse_opted_out(session, scope, [exam for exam in known.values() if exam.state == ExamState.RECEIVING])
    made = _make(session, scope, {place: one for place, one in enumerate(manifests) if place not in known})
    missing = _promise_new(session, scope, store, [(exam, manifests[place]) for place, exam in made.items()])
    point(Point.EXAM_ANNOUNCED)
    # What this call did not make, another may have made since; of two announcements of one exam the second finds it.
    known |= _find(session, scope, manifests) if len(made) + len(known) < len(manifests) else {}
    if len(made.keys() | known.keys()) < len(manifests):
        raise Conflict("exam_announced_twice")
    return [
        Announced(made[place].id, missing[made[place].id], made[place].state, made=True)
        if place in made
        else Announced(known[place].id, promises.keep(session, scope, known[place]), known[place].state, made=False)
        for place in range(len(manifests))
    ]


def add_images(session: Session, scope: Scope, exam_id: str, images: Sequence[Image]) -> Announced:
    """
    Add images to an exam that is still receiving; those it has already stay as they are.

    Raises Invalid for a name that is taken by other bytes and for a patient who has opted out since, Conflict after the
    commit, OverCapacity.
    """
    _require(scope)
    exam = get_for(session, scope, Exam, exam_id, lock=True)
    exams.require_there(exam)
    _refuse_opted_out(session, scope, [exam] if exam.state == ExamState.RECEIVING else [])
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
    _add_images(session, scope, [(exam, len(known), new)])
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
    return complete(session, scope, signing, [(exam, images)])[exam.id]


def complete(
    session: Session, scope: Scope, signing: SigningKeys, whole: Sequence[tuple[Exam, Sequence[Listed]]]
) -> dict[str, dict[str, Any]]:
    """
    The exams are held from now on: their receipts, by their ids.

    The caller has locked them and seen that all their images are there.
    """
    for exam, _ in whole:
        exam.state, exam.held_at = ExamState.HELD.value, clock.now()
    given = receipts.issue(session, scope, signing, whole)
    point(Point.RECEIPT_SIGNED)
    audit.record(session, scope, "exam.held", items=[f"exam:{exam.id}" for exam, _ in whole])
    publish(session, ExamsHeld(scope.area, [exam.id for exam, _ in whole]))
    exam_tasks.order_thumbnails(session, scope, [exam.id for exam, _ in whole])
    point(Point.EXAM_COMMITTED)
    return given


def _require(scope: Scope) -> None:
    scope.require(*FACILITY_ROLES, Role.SYSTEM)


def _refuse_opted_out(session: Session, scope: Scope, receiving: Sequence[Exam]) -> None:
    """Who opts out while an exam is arriving is sent no further."""
    if not receiving:
        return
    agreed = contracts.agreed(session, scope, contracts.target_of_caller(session, scope))
    if any(agreed.opted_out(one.patient_id) for one in receiving):
        raise Invalid("opted_out", field="patient_id")


def _maker(scope: Scope) -> str:
    return f"device:{scope.device_id}" if scope.device_id else f"person:{scope.person_id or scope.who}"


def _find(session: Session, scope: Scope, manifests: Sequence[Manifest]) -> dict[int, Exam]:
    """
    The exams that are there, by the place of their manifest, locked: by the device's own key, else by the manifest;
    what was announced without one is not found by it.
    """
    keys = [one.key for one in manifests if one.key is not None]
    digests = [one.digest for one in manifests if one.digest is not None]
    same = or_(and_(Exam.maker == _maker(scope), Exam.key.in_(keys)), Exam.manifest.in_(digests))
    mine = scoped(select(Exam), scope, Exam).where(same).order_by(Exam.id).with_for_update()
    there = session.scalars(mine).all()
    by_manifest = {exam.manifest: exam for exam in there}
    by_key = {exam.key: exam for exam in there if exam.maker == _maker(scope)}
    found = {}
    for place, one in enumerate(manifests):
        exam = (by_key.get(one.key) if one.key else None) or (by_manifest.get(one.digest) if one.digest else None)
        if exam is not None:
            found[place] = exam
    return found


def _make(session: Session, scope: Scope, manifests: Mapping[int, Manifest]) -> dict[int, Exam]:
    """The exams that this call made, by the place of their manifest; of two that announce one at once, one makes it."""
    if not manifests:
        return {}
    agreed = contracts.agreed(session, scope, contracts.target_of_caller(session, scope))
    if any(agreed.opted_out(one.patient_id) for one in manifests.values()):
        raise Invalid("opted_out", field="patient_id")
    rows = {place: _row(scope, one, agreed.target_id) for place, one in manifests.items()}
    new = (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(Exam)
    made = {exam.id: exam for exam in session.scalars(new.on_conflict_do_nothing().returning(Exam), [*rows.values()])}
    return {place: made[row["id"]] for place, row in rows.items() if row["id"] in made}


def _row(scope: Scope, manifest: Manifest, target_id: str) -> dict[str, Any]:
    return {
        "id": ids.new(),
        "facility_id": scope.area,
        "key": manifest.key,
        "manifest": manifest.digest,
        "maker": _maker(scope),
        "patient_id": manifest.patient_id,
        "performed_at": manifest.performed_at,
        "kind": manifest.kind,
        "note": manifest.note,
        "scope_model": manifest.scope.model if manifest.scope else None,
        "scope_serial": manifest.scope.serial if manifest.scope else None,
        "target_id": target_id,
        "device_id": scope.device_id,
        "person_id": scope.person_id,
        "state": ExamState.RECEIVING.value,
        "created_at": clock.now(),
    }


def _promise_new(
    session: Session, scope: Scope, store: Store, made: Sequence[tuple[Exam, Manifest]]
) -> dict[str, list[str]]:
    """Images of exams made in this transaction, and the room that they need; what is missing, by the exam's id."""
    if not made:
        return {}
    _add_images(session, scope, [(exam, 0, manifest.images) for exam, manifest in made])
    store.ensure_area(session, scope.area)
    images = {exam.id: [Listed(one.name, one.sha256, one.size) for one in manifest.images] for exam, manifest in made}
    return promises.keep_new(session, scope, made[0][0].target_id, images)


def _add_images(session: Session, scope: Scope, new: Sequence[tuple[Exam, int, Sequence[Image]]]) -> None:
    """Rows for images that exams do not have yet, from a place on in each; the caller made or locked the exams."""
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
        for exam, first, images in new
        for place, image in enumerate(images)
    ]
    insert_all(session, ExamImage, rows)
