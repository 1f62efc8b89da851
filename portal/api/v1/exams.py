"""`/exams`: announced by a manifest, sent in bundles, committed for a receipt; listed, shown, given back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from portal import transactions
from portal.api.v1.base import ListQuery, bp, listed, moment, rfc3339, unlimited_body
from portal.bytes import image
from portal.guards import FACILITY, own_transactions, requires
from portal.scope import current
from portal.socket_body import body_of
from vault.base.errors import Invalid, TooLarge
from vault.exams import archive
from vault.exams import queries as exams
from vault.exams.models import Exam, ExamImage
from vault.exams.queries import ExamRow
from vault.intake import bundles, manifest, receipts, service
from vault.intake.bundles import Received
from vault.intake.service import Announced


class BundleQuery(BaseModel):
    """With `commit` a bundle that completes the exam is answered with the receipt, as a commit would be."""

    commit: bool = False


class BundlesQuery(BundleQuery):
    """Whose images come: ids of exams, with commas between them."""

    exams: str = Field(min_length=1)


class ExamList(ListQuery):
    """Which exams: of one patient, performed on or after `from`, before or on the day `to`."""

    patient_id: str | None = None
    since: str | None = Field(None, alias="from")
    until: str | None = Field(None, alias="to")


@bp.post("/exams")
@requires(FACILITY)
def exam_announce() -> ResponseReturnValue:
    """Announce an exam: 201 for a new one, 200 for one that this manifest or the device's key already made."""
    installation = transactions.installation()
    announced = service.announce(transactions.session(), current(), installation.store, manifest.parse(_json()))
    return _announced(announced), 201 if announced.made else 200


@bp.post("/exams/<exam_id>/images")
@requires(FACILITY)
def exam_add_images(exam_id: str) -> ResponseReturnValue:
    """More images, until the commit."""
    added = service.add_images(transactions.session(), current(), exam_id, manifest.parse_images(_json()))
    return _announced(added)


@bp.post("/announcements")
@requires(FACILITY)
def exams_announce() -> ResponseReturnValue:
    """Announce several exams at once, all or none: what each is told, in their order."""
    store = transactions.installation().store
    announced = service.announce_all(transactions.session(), current(), store, manifest.parse_all(_json()))
    return {"items": [_announced(one) for one in announced]}


@bp.post("/bundles")
@requires(FACILITY)
@own_transactions
@bp.input(BundlesQuery, location="query", arg_name="query")
def exams_bundle(query: BundlesQuery) -> ResponseReturnValue:
    """As the bundle of one exam, with images of several."""
    exam_ids = query.exams.split(",")
    if len(exam_ids) > manifest.MOST_EXAMS:
        raise TooLarge("too_many_exams", limit=manifest.MOST_EXAMS)
    received = _receive(exam_ids, query.commit)
    return {"items": [{"id": exam_id} | _received(one) for exam_id, one in received.items()]}


@bp.post("/exams/<exam_id>/bundle")
@requires(FACILITY)
@own_transactions
@bp.input(BundleQuery, location="query", arg_name="query")
def exam_bundle(exam_id: str, query: BundleQuery) -> ResponseReturnValue:
    """
    An uncompressed tar of files named by their SHA-256; what arrived whole is kept even when the stream breaks. A file
    that comes twice, or that is held already, is compared with its name and kept once.
    """
    return _received(_receive([exam_id], query.commit)[exam_id])


@bp.post("/exams/<exam_id>/commit")
@requires(FACILITY)
def exam_commit(exam_id: str) -> ResponseReturnValue:
    """All there and durable: the receipt, the same however often asked; else 409 with what is missing."""
    receipt = service.commit(transactions.session(), current(), transactions.installation().signing, exam_id)
    return {"state": "held", "receipt": receipt}


@bp.get("/exams")
@requires(FACILITY)
@bp.input(ExamList, location="query", arg_name="query")
def exam_list(query: ExamList) -> ResponseReturnValue:
    """Newest first."""
    until = moment(query.until, field="to")
    if until is not None and len(query.until or "") == len("2026-01-01"):
        until += min(timedelta(days=1), datetime.max.replace(tzinfo=UTC) - until)
    page = exams.list_exams(
        transactions.session(),
        current(),
        patient_id=query.patient_id,
        since=moment(query.since, field="from"),
        until=until,
        after=query.after,
        limit=query.limit,
    )
    return listed(page, [_row(row) for row in page.items])


@bp.get("/exams/<exam_id>")
@requires(FACILITY)
def exam_show(exam_id: str) -> ResponseReturnValue:
    """One exam with its images and, once held, its receipt."""
    session, scope = transactions.session(), current()
    page = exams.exam_page(session, scope, exam_id)
    return _exam(page.exam) | {
        "images": [_image(one) for one in page.images],
        "receipt": receipts.of_exam(session, scope, exam_id),
    }


@bp.get("/exams/<exam_id>/images/<path:name>")
@requires(FACILITY)
def exam_image(exam_id: str, name: str) -> ResponseReturnValue:
    """The bytes of one image."""
    return image(transactions.session(), current(), exam_id, name)


@bp.get("/exams/<exam_id>/bundle")
@requires(FACILITY)
def exam_archive(exam_id: str) -> ResponseReturnValue:
    """A tar of the whole exam, images under their own names."""
    return tar_of(transactions.session(), exam_id)


def tar_of(session: Session, exam_id: str) -> Response:
    """The exam of the caller's area as a streamed tar."""
    scope = current()
    exam = exams.exam(session, scope, exam_id)
    images = exams.open_images(session, scope, transactions.installation().store, exam_id)
    mtime = int(exam.performed_at.timestamp())
    answer = Response(archive.stream(images, mtime), content_type="application/x-tar")
    answer.content_length = archive.size_of(images, mtime)
    answer.headers["Content-Disposition"] = f'attachment; filename="exam-{exam_id}.tar"'
    return answer


def _receive(exam_ids: list[str], commit: bool) -> dict[str, Received]:
    """The bundle in the request's body, streamed."""
    unlimited_body()
    installation = transactions.installation()
    largest = installation.settings.limits.bundle_bytes
    if (request.content_length or 0) > largest:
        raise TooLarge("bundle_too_large", limit=largest)
    return bundles.receive_all(
        installation.database,
        installation.store,
        current(),
        exam_ids,
        body_of(request),
        signing=installation.signing if commit else None,
        largest=largest,
    )


def _json() -> object:
    found = request.get_json(silent=True)
    if found is None:
        raise Invalid("not_json", field="body")
    return found


def _announced(announced: Announced) -> dict[str, Any]:
    return {"id": announced.id, "missing": announced.missing, "state": announced.state}


def _received(received: Received) -> dict[str, Any]:
    if received.receipt is None:
        return {"missing": received.missing}
    return {"missing": [], "state": "held", "receipt": received.receipt}


def _row(row: ExamRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "patient_id": row.patient_id,
        "performed_at": rfc3339(row.performed_at),
        "kind": row.kind,
        "note": row.note,
        "scope": {"model": row.scope_model, "serial": row.scope_serial} if row.scope_model else None,
        "state": row.state,
        "held_at": rfc3339(row.held_at),
        "images": row.images,
        "size": row.size,
    }


def _exam(exam: Exam) -> dict[str, Any]:
    return {
        "id": exam.id,
        "patient_id": exam.patient_id,
        "performed_at": rfc3339(exam.performed_at),
        "kind": exam.kind,
        "note": exam.note,
        "scope": {"model": exam.scope_model, "serial": exam.scope_serial} if exam.scope_model else None,
        "key": exam.key,
        "state": exam.state,
        "held_at": rfc3339(exam.held_at),
    }


def _image(image: ExamImage) -> dict[str, Any]:
    return {
        "name": image.name,
        "sha256": image.sha256,
        "size": image.size,
        "type": image.media_type,
        "captured_at": rfc3339(image.captured_at),
        "width": image.width,
        "height": image.height,
        "broken": image.broken,
    }
