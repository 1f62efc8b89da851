"""A department's queue, what is due first on top."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import DESK, requires
from portal.pages import lists, pictures
from portal.pages.department.base import bp
from portal.pages.reasons import phrases
from portal.pages.thread import name_of
from portal.scope import current
from routing.departments import queries as departments
from routing.queue import views
from routing.queue.models import Assignment
from routing.queue.states import AssignmentState
from routing.requests.models import Request, RequestImage
from vault.base import clock
from vault.base.errors import NotFound
from vault.base.scope import Scope
from vault.exams.models import ExamImage, Thumbnail

PER_PAGE = 50
VIEWS = ("open", "waiting", "mine", "asked", "due", "answered")
EXCERPT = 160


@bp.get("/queue")
@requires(DESK)
def queue() -> ResponseReturnValue:
    """One department at a time; `view` narrows it."""
    session, scope = transactions.session(), current()
    own = [row for row in departments.every(session).values() if row.id in scope.departments]
    if not own:
        raise NotFound("department")
    code, view = request.args.get("department") or own[0].code, request.args.get("view", "open")
    department = next((row for row in own if row.code == code), None)
    if department is None or view not in VIEWS:
        raise NotFound("department")
    page = views.queue(
        session,
        scope,
        department=code,
        state=view if view in ("waiting", "asked", "answered") else None,
        mine=view == "mine",
        latest=view == "answered",
        after=request.args.get("after"),
        limit=PER_PAGE,
    )
    rows = [row for row in page.items if view != "due" or row["clock"] == "late"]
    standing = views.standing(session, scope)
    return render_template(
        "department/queue.html",
        department={"code": department.code, "name": name_of(department)},
        departments=[
            {"code": row.code, "name": name_of(row), "count": standing.get(row.code, {}).get("waiting", 0)}
            for row in own
        ],
        view=view,
        counts_by_view=_counts(session, scope, department.id, standing.get(code, {})),
        items=_items(session, rows),
        last_item_at=session.scalar(
            select(func.max(Assignment.created_at)).where(Assignment.department_id == department.id)
        ),
        pager=lists.pager(page),
    )


def department_address(assignment_id: str) -> pictures.Address:
    """Images of a request's exams, as its department reads them."""

    def address(exam_id: str, name: str, edge: int | None) -> str:
        if edge is None:
            return url_for("department.assignment_image", assignment_id=assignment_id, exam_id=exam_id, name=name)
        return url_for(
            "department.assignment_thumbnail", assignment_id=assignment_id, exam_id=exam_id, name=name, edge=edge
        )

    return address


def _items(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [row["request"]["id"] for row in rows]
    bodies = dict(session.execute(select(Request.id, Request.body).where(Request.id.in_(ids))).all())
    thumbs = _thumbs(session, ids)
    return [
        {
            "id": row["id"],
            "url": url_for("department.assignment", assignment_id=row["id"]),
            "subject": row["request"]["subject"],
            "excerpt": bodies[row["request"]["id"]][:EXCERPT],
            "facility": row["request"]["facility_name"],
            "urgency": row["request"]["urgency"],
            "state": row["state"],
            "holder": row["holder"] or "",
            "mine": row["mine"],
            "due_at": row["due_at"],
            "clock": row["clock"],
            "filed_at": row["request"]["filed_at"],
            "thumb_url": department_address(row["id"])(*thumbs[row["request"]["id"]], pictures.SMALL)
            if row["request"]["id"] in thumbs
            else "",
            "reasons": phrases(row["reasons"])[:4],
        }
        for row in rows
    ]


def _thumbs(session: Session, request_ids: list[str]) -> dict[str, tuple[str, str]]:
    """The first picked image of each request; the caller's queue has shown that the requests are theirs."""
    made = (
        select(RequestImage.request_id, RequestImage.exam_id, RequestImage.name)
        .join(ExamImage, (ExamImage.exam_id == RequestImage.exam_id) & (ExamImage.name == RequestImage.name))
        .join(Thumbnail, (Thumbnail.image_id == ExamImage.id) & (Thumbnail.edge == pictures.SMALL))
        .where(RequestImage.request_id.in_(request_ids))
        .order_by(RequestImage.position.desc())
    )
    return {request_id: (exam_id, name) for request_id, exam_id, name in session.execute(made)}


def _counts(session: Session, scope: Scope, department_id: str, standing: dict[str, int]) -> dict[str, int]:
    mine = select(func.count(Assignment.id)).where(Assignment.department_id == department_id, Assignment.is_open)
    return {
        "open": sum(standing.values()),
        "waiting": standing.get(AssignmentState.WAITING, 0),
        "mine": session.scalar(mine.where(Assignment.holder_id == scope.person_id)) or 0,
        "asked": standing.get(AssignmentState.ASKED, 0),
        "due": session.scalar(mine.where(Assignment.due_at <= clock.now(), Assignment.paused_at.is_(None))) or 0,
    }
