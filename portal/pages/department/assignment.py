"""One assignment: everything needed to answer, on one page."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import bytes as stored
from portal import transactions
from portal.exam_door import exam_scope
from portal.guards import DESK, requires, writes
from portal.pages import pictures, thread
from portal.pages.department.base import bp
from portal.pages.department.queue import department_address
from portal.pages.reasons import decided_by, phrases
from portal.pages.thread import Names, name_of
from portal.scope import current
from routing.departments import queries as departments
from routing.queue import access, views
from routing.queue.hold import SECONDS
from routing.queue.models import Answer, Assignment
from routing.queue.states import HELD, AnswerState, AssignmentState
from routing.requests import drafts
from routing.requests.models import Request
from vault.base import clock
from vault.base.errors import NotFound
from vault.base.scope import Scope, get_for, scoped


@bp.get("/assignments/<assignment_id>")
@requires(DESK)
@writes
def assignment(assignment_id: str) -> ResponseReturnValue:
    """Opening it is a look, which the facility sees in its access log."""
    return page(transactions.session(), current(), assignment_id)


@bp.get("/assignments/<assignment_id>/images/<exam_id>/<path:name>")
@requires(DESK)
def assignment_image(assignment_id: str, exam_id: str, name: str) -> ResponseReturnValue:
    """The original of an image that the request names."""
    session = transactions.session()
    return stored.image(session, exam_scope(session, current(), assignment_id, exam_id), exam_id, name)


@bp.get("/assignments/<assignment_id>/thumbnails/<int:edge>/<exam_id>/<path:name>")
@requires(DESK)
def assignment_thumbnail(assignment_id: str, edge: int, exam_id: str, name: str) -> ResponseReturnValue:
    """A smaller JPEG of it."""
    session = transactions.session()
    return stored.thumbnail(session, exam_scope(session, current(), assignment_id, exam_id), exam_id, name, edge)


@bp.get("/assignments/<assignment_id>/files/<path:name>")
@requires(DESK)
@writes
def assignment_file(assignment_id: str, name: str) -> ResponseReturnValue:
    """A file that came with the request, or was uploaded for its answer."""
    found = views.assignment_file(transactions.session(), current(), assignment_id, name)
    return stored.download(found.facility_id, found.digest, found.media_type, found.name)


def page(
    session: Session,
    scope: Scope,
    assignment_id: str,
    *,
    act: str = "",
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The page, with a refused form of `act` filled in again."""
    view = views.assignment(session, scope, assignment_id)
    head = access.granted(session, scope, assignment_id)
    inner = scope.within(head.facility_id)
    request = get_for(session, inner, Request, head.request_id)
    names, address = Names.read(session), department_address(assignment_id)
    pages = thread.exam_pages(session, inner, request.id)
    picked = thread.marked(session, inner, request.id)
    answers = [
        one
        for one in thread.answers_of(session, inner, request.id, held=True)
        if one.department_id in scope.departments
    ]
    kept = drafts.load(session, scope, _draft_key(assignment_id))
    return render_template(
        "department/assignment.html",
        assignment=_head(view, names),
        request=thread.heading(request) | {"facility": view["request"]["facility_name"]},
        images=thread.marked_pictures(pages, picked, address),
        exams=[
            {
                "id": shown["id"],
                "kind": shown["kind"],
                "patient_id": shown["patient"],
                "performed_at": shown["performed_at"],
                "scope": shown["scope"] if shown["scope"]["model"] else None,
                "note": shown["note"],
                "images": [
                    pictures.picture(
                        image,
                        found.thumbnails.get(image.id, []),
                        address,
                        marks=picked.get((image.exam_id, image.name), []),
                        marked=(image.exam_id, image.name) in picked,
                    )
                    for image in found.images
                ],
            }
            for shown in view["request"]["exams"]
            for found in pages
            if found.exam.id == shown["id"]
        ],
        files=thread.files(
            session,
            inner,
            request.id,
            lambda _request, path: url_for("department.assignment_file", assignment_id=assignment_id, name=path),
        ),
        messages=thread.messages(session, inner, names, request.id),
        answers=thread.answers(
            session,
            inner,
            names,
            answers,
            lambda _answer, name: url_for("department.assignment_file", assignment_id=assignment_id, name=name),
        ),
        notes=[
            {
                "side": "department",
                "who": note["author"],
                "department": names.of_code(note["department"]),
                "body": note["body"],
                "at": note["at"],
                "kind": "note",
                "until": None,
            }
            for note in view["notes"]
        ],
        decided_by=decided_by(view["reasons"]),
        decided=_decided(session, inner, request.id, names),
        others=[
            {"department": names.of_code(one["department"]), "state": one["state"], "holder": one["holder"] or ""}
            for one in view["others"]
        ],
        viewers=view["viewers"],
        similar=[],
        departments=[
            {"code": row.code, "name": name_of(row)}
            for row in departments.active(session)
            if row.id != head.department_id
        ],
        moves=_moves(head, scope, answers),
        sent=_sent(answers, scope),
        act=act,
        typed=typed or {},
        errors=errors or {},
        draft={"body": _draft_body(kept.body) if kept else "", "saved_at": kept.updated_at if kept else None},
        draft_url=url_for("account.draft", key=_draft_key(assignment_id)),
    )


def assignment_of_answer(session: Session, scope: Scope, answer_id: str) -> str:
    """The assignment of an answer of the caller's departments; NotFound for any other."""
    found = session.scalar(
        select(Answer.assignment_id).where(Answer.id == answer_id, Answer.department_id.in_(scope.departments))
    )
    if found is None:
        raise NotFound("answer")
    return found


def _draft_key(assignment_id: str) -> str:
    return f"answer:{assignment_id}"


def _draft_body(body: Mapping[str, Any]) -> str:
    kept = body.get("body", "")
    return str(kept[-1] if isinstance(kept, list) and kept else kept or "")


def _head(view: Mapping[str, Any], names: Names) -> dict[str, Any]:
    return {
        "id": view["id"],
        "department": names.of_code(view["department"]),
        "department_code": view["department"],
        "state": view["state"],
        "holder": view["holder"] or "",
        "mine": view["mine"],
        "due_at": view["due_at"],
        "clock": view["clock"],
        "since": view["moved_at"],
    }


def _decided(session: Session, inner: Scope, request_id: str, names: Names) -> list[dict[str, Any]]:
    """Every department that got the request, how probable it was, and why."""
    rows = scoped(select(Assignment), inner, Assignment).where(Assignment.request_id == request_id)
    return [
        {
            "department": names.of(row.department_id),
            "probability": row.probability,
            "reasons": phrases(row.reasons),
            "chosen": True,
        }
        for row in session.scalars(rows.order_by(Assignment.created_at, Assignment.id))
    ]


def _moves(head: Assignment, scope: Scope, answers: list[Answer]) -> list[str]:
    """The acts open to this reader now."""
    waiting_to_go = any(one.assignment_id == head.id and one.state == AnswerState.HELD for one in answers)
    if not head.is_open:
        return ["correct", "note"] if head.state == AssignmentState.ANSWERED else ["note"]
    if head.state in HELD and head.holder_id == scope.person_id:
        return ["note"] if waiting_to_go else ["release", "ask", "interim", "answer", "transfer", "note"]
    taken = head.state in HELD and head.lease_until is not None and head.lease_until > clock.now()
    return ["note"] if taken else ["claim", "note"]


def _sent(answers: list[Answer], scope: Scope) -> dict[str, Any] | None:
    """An answer of the reader's own that can still be taken back."""
    for one in answers:
        if one.state == AnswerState.HELD and one.person_id == scope.person_id and one.ready_at > clock.now():
            return {"answer_id": one.id, "back_until": min(one.ready_at, clock.now() + timedelta(seconds=SECONDS))}
    return None
