"""Answers of the area: pick them up by name, read their files."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from portal import bytes as stored
from portal import transactions
from portal.guards import FACILITY_PEOPLE, requires
from portal.pages import lists, thread
from portal.pages.facility.base import bp
from portal.pages.facility.requests import answer_file_address
from portal.pages.thread import Names
from portal.scope import current
from routing.queue import facility
from routing.queue.models import Answer, AnswerFile
from routing.queue.states import AnswerState
from routing.requests.models import Request
from vault.base import paging
from vault.base.errors import NotFound
from vault.base.scope import scoped

PER_PAGE = 20
VIEWS = {
    "ready": (AnswerState.READY, AnswerState.SHOWN),
    "all": (AnswerState.READY, AnswerState.SHOWN, AnswerState.RECEIVED, AnswerState.REPLACED),
}


@bp.get("/answers")
@requires(FACILITY_PEOPLE)
def inbox() -> ResponseReturnValue:
    """Newest first; those not picked up on the first tab."""
    session, scope = transactions.session(), current()
    view = request.args.get("view", "ready")
    if view not in VIEWS:
        raise NotFound("view")
    rows = scoped(select(Answer), scope, Answer).where(Answer.state.in_(VIEWS[view]))
    page = paging.rows(session, rows, Answer.at, Answer.id, after=request.args.get("after"), limit=PER_PAGE)
    asked = scoped(select(Request.id, Request.subject), scope, Request)
    subjects = dict(session.execute(asked.where(Request.id.in_([one.request_id for one in page.items]))).all())
    answers = thread.answers(session, scope, Names.read(session), page.items, answer_file_address)
    for answer, row in zip(answers, page.items, strict=True):
        answer["subject"] = subjects[row.request_id]
        answer["url"] = url_for("facility.request_show", request_id=row.request_id)
    return render_template(
        "facility/inbox.html",
        view=view,
        answers=answers,
        last_at=session.scalar(scoped(select(func.max(Answer.at)), scope, Answer)),
        people=[],
        pager=lists.pager(page),
    )


@bp.post("/answers/<answer_id>/pickup")
@requires(FACILITY_PEOPLE)
def answer_pickup(answer_id: str) -> ResponseReturnValue:
    """Received, by the person who is signed in; on a shared screen that is whoever opened it by PIN."""
    answer = facility.pickup(transactions.session(), current(), answer_id)
    flash(_("Picked up."), "success")
    return redirect(url_for("facility.request_show", request_id=answer.request_id, _anchor=f"answer-{answer_id}"), 303)


@bp.get("/answers/<answer_id>/files/<name>")
@requires(FACILITY_PEOPLE)
def answer_file(answer_id: str, name: str) -> ResponseReturnValue:
    """A file that came with an answer."""
    session, scope = transactions.session(), current()
    rows = scoped(select(AnswerFile), scope, AnswerFile).join(Answer, Answer.id == AnswerFile.answer_id)
    sent = Answer.state.in_(VIEWS["all"])
    file = session.scalar(rows.where(AnswerFile.answer_id == answer_id, AnswerFile.name == name, sent))
    if file is None:
        raise NotFound("file")
    return stored.download(scope.area, file.digest, file.media_type, file.name)
