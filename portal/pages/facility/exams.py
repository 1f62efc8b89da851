"""The album: exams as contact sheets, and the bytes of their images."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import bytes as stored
from portal import transactions
from portal.api.v1.exams import tar_of
from portal.guards import FACILITY_PEOPLE, requires, writes
from portal.pages import lists, pictures
from portal.pages.facility.base import bp
from portal.pages.facility.rows import request_rows_about
from portal.scope import current
from portal.wording import sentence
from vault.base import audit
from vault.base.errors import Conflict, Invalid, NotFound
from vault.base.scope import Scope, scoped
from vault.exams import deletion, queries
from vault.exams.models import Exam, ExamImage, Thumbnail
from vault.exams.queries import ExamRow
from vault.intake import receipts
from vault.tenancy.models import Device

PER_PAGE = 24
STRIP = 4
_LAST_DAY = date.max - timedelta(days=1)
"""After which no other comes."""


@bp.get("/exams")
@requires(FACILITY_PEOPLE)
def exams() -> ResponseReturnValue:
    """Newest first, by patient and day."""
    session, scope = transactions.session(), current()
    typed = {name: request.args.get(name, "").strip() for name in ("patient_id", "from", "to")}
    since, until = _day(typed["from"], "from", scope), _day(typed["to"], "to", scope)
    page = queries.list_exams(
        session,
        scope,
        patient_id=typed["patient_id"] or None,
        since=since,
        until=None if until is None or until.date() >= _LAST_DAY else until + timedelta(days=1),
        after=request.args.get("after"),
        limit=PER_PAGE,
    )
    return render_template(
        "facility/exams.html",
        exams=cards(session, scope, page.items),
        typed=typed,
        pager=lists.pager(page),
        filtered=any(typed.values()),
    )


@bp.get("/exams/<exam_id>")
@requires(FACILITY_PEOPLE)
@writes
def exam(exam_id: str) -> ResponseReturnValue:
    """One exam; who opened it enters the access log once, not with every picture."""
    session, scope = transactions.session(), current()
    page = queries.exam_page(session, scope, exam_id)
    audit.record(session, scope, "exam.viewed", items=[f"exam:{exam_id}"])
    found = page.exam
    images = [pictures.picture(one, page.thumbnails.get(one.id, []), pictures.facility_address) for one in page.images]
    given = receipts.of_exam(session, scope, exam_id)
    return render_template(
        "facility/exam.html",
        exam=pictures.about(found)
        | {
            "note": found.note,
            "state": found.state,
            "scope": {"model": found.scope_model, "serial": found.scope_serial} if found.scope_model else None,
            "device": _device(session, scope, found.device_id),
            "bytes": sum(one.size for one in page.images),
            "held_at": found.held_at,
            "receipt_url": url_for("facility.exam_receipt", exam_id=exam_id) if given else "",
            "bundle_url": url_for("facility.exam_bundle", exam_id=exam_id),
            "kept_words": _kept(session, scope, found),
        },
        images=images,
        missing=_missing(session, scope, exam_id) if found.state != "held" else 0,
        requests=request_rows_about(session, scope, exam_id),
    )


@bp.get("/exams/<exam_id>/images/<path:name>")
@requires(FACILITY_PEOPLE)
def exam_image(exam_id: str, name: str) -> ResponseReturnValue:
    """The original."""
    return stored.image(transactions.session(), current(), exam_id, name)


@bp.get("/exams/<exam_id>/thumbnails/<int:edge>/<path:name>")
@requires(FACILITY_PEOPLE)
def exam_thumbnail(exam_id: str, edge: int, name: str) -> ResponseReturnValue:
    """A smaller JPEG."""
    return stored.thumbnail(transactions.session(), current(), exam_id, name, edge)


@bp.get("/exams/<exam_id>/receipt.json")
@requires(FACILITY_PEOPLE)
def exam_receipt(exam_id: str) -> ResponseReturnValue:
    """The signed receipt, as the device got it."""
    found = receipts.of_exam(transactions.session(), current(), exam_id)
    if found is None:
        raise NotFound("receipt")
    return found, 200, {"Content-Disposition": f'attachment; filename="receipt-{exam_id}.json"'}


@bp.get("/exams/<exam_id>/exam.tar")
@requires(FACILITY_PEOPLE)
def exam_bundle(exam_id: str) -> ResponseReturnValue:
    """The whole exam."""
    return tar_of(transactions.session(), exam_id)


def cards(session: Session, scope: Scope, rows: list[ExamRow]) -> list[dict[str, object]]:
    """Cards with the first few pictures of each exam; one statement for all."""
    made = (
        scoped(select(ExamImage.exam_id, ExamImage.name), scope, ExamImage)
        .join(Thumbnail, Thumbnail.image_id == ExamImage.id)
        .where(ExamImage.exam_id.in_([row.id for row in rows]), Thumbnail.edge == pictures.SMALL)
        .where(ExamImage.position < STRIP)
        .order_by(ExamImage.exam_id, ExamImage.position)
    )
    thumbs: dict[str, list[str]] = {}
    for exam_id, name in session.execute(made):
        thumbs.setdefault(exam_id, []).append(pictures.facility_address(exam_id, name, pictures.SMALL))
    return [pictures.card(row, thumbs.get(row.id, [])) for row in rows]


def _kept(session: Session, scope: Scope, found: Exam) -> str:
    """Why the exam cannot be deleted, in a sentence; empty where it can."""
    try:
        deletion.require_deletable(session, scope, transactions.installation().settings.retention, found)
    except Conflict as problem:
        return sentence(problem.code, problem.reason, problem.values)
    return ""


def _missing(session: Session, scope: Scope, exam_id: str) -> int:
    """How many announced images have no bytes yet."""
    arrived = queries.open_images(session, scope, transactions.installation().store, exam_id)
    counted = scoped(select(func.count(ExamImage.id)), scope, ExamImage).where(ExamImage.exam_id == exam_id)
    return (session.scalar(counted) or 0) - len(arrived)


def _device(session: Session, scope: Scope, device_id: str | None) -> str:
    if device_id is None:
        return ""
    return session.scalar(scoped(select(Device.login), scope, Device).where(Device.id == device_id)) or ""


def _day(text: str, field: str, scope: Scope) -> datetime | None:
    """The first moment of a day in the facility's zone."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=ZoneInfo(scope.zone)).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Invalid(field=field) from problem
