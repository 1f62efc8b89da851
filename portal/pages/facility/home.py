"""The facility's first page: what came back, what waits for a reply, what is on its way, recent exams, any trouble."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal import transactions
from portal.guards import FACILITY_PEOPLE, requires
from portal.pages.facility import space
from portal.pages.facility.base import bp
from portal.pages.facility.exams import cards
from portal.pages.facility.rows import request_rows
from portal.pages.thread import Names
from portal.scope import current
from routing.queue.models import Answer
from routing.queue.states import AnswerState
from routing.requests.models import Request
from routing.requests.states import RequestState
from vault.backup import overview as backups
from vault.base.scope import scoped
from vault.exams import queries as exams

ENDED = (RequestState.CLOSED, RequestState.WITHDRAWN, RequestState.PICKED_UP)


@bp.get("/home")
@requires(FACILITY_PEOPLE)
def home() -> ResponseReturnValue:
    """What is new."""
    session, scope = transactions.session(), current()
    names = Names.read(session)
    ready = (
        scoped(select(Answer, Request.subject), scope, Answer)
        .join(Request, Request.id == Answer.request_id)
        .where(Answer.state.in_([AnswerState.READY, AnswerState.SHOWN]))
        .order_by(Answer.at)
        .limit(20)
    )
    live = scoped(select(Request), scope, Request).where(Request.state.not_in(ENDED))
    found = session.scalars(live.order_by(Request.filed_at.desc()).limit(20)).all()
    return render_template(
        "facility/home.html",
        uses=space.filled(session, scope),
        missed=backups.count_open(session, scope),
        answers=[
            {
                "id": answer.id,
                "url": url_for("facility.request_show", request_id=answer.request_id, _anchor=f"answer-{answer.id}"),
                "subject": subject,
                "department": names.of(answer.department_id),
                "at": answer.at,
            }
            for answer, subject in session.execute(ready)
        ],
        asked=request_rows(session, scope, [row for row in found if row.state == RequestState.ASKED]),
        requests=request_rows(session, scope, [row for row in found if row.state != RequestState.ASKED]),
        exams=cards(session, scope, exams.list_exams(session, scope, limit=6).items),
    )
