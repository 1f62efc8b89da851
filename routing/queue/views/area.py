"""What a facility sees of its requests: where each is, what was said, and the answers."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from routing.queue.models import Answer, Assignment
from routing.queue.states import OPEN, SENT, AnswerState
from routing.queue.views import parts
from routing.queue.views.parts import Bytes, View
from routing.requests.models import Rating, Request
from routing.requests.service import Filed
from routing.requests.states import RequestState
from vault.base import paging
from vault.base.errors import Invalid, NotFound
from vault.base.paging import Page
from vault.base.scope import Scope, get_for, scoped

SEEN = SENT | {AnswerState.REPLACED}
"""Answers that reached the facility; what is held or was taken back never did."""


def requests(
    session: Session, scope: Scope, *, state: str | None = None, after: str | None = None, limit: int = paging.LIMIT
) -> Page[View]:
    """The caller's requests, newest first; Invalid for a state there is not."""
    statement = scoped(select(Request), scope, Request)
    if state is not None:
        _check(state, [*RequestState])
        statement = statement.where(Request.state == state)
    page = paging.rows(session, statement, Request.filed_at, Request.id, after=after, limit=limit)
    return Page(_whole(session, scope, page.items), page.next)


def request(session: Session, scope: Scope, request_id: str) -> View:
    """One request with its assignments, answers, messages and timeline; NotFound for a stranger's."""
    return _whole(session, scope, [get_for(session, scope, Request, request_id)])[0]


def filed(new: Filed) -> View:
    """As `request`, of one that was filed just now: no department has it yet, and nothing needs to be read."""
    attached = new.attached
    return {
        **_head(new.request),
        "exams": attached.exams,
        "images": [parts.image(one) for one in attached.images],
        "files": sorted(file.path for file in attached.files),
        "assignments": [],
        "answers": [],
        "messages": [],
        "events": [parts.event(new.event)],
        "rating": None,
    }


def answers(
    session: Session, scope: Scope, *, state: str | None = None, after: str | None = None, limit: int = paging.LIMIT
) -> Page[View]:
    """Answers that reached the area, oldest first; `state` is ready, shown, received or replaced, else Invalid."""
    statement = scoped(select(Answer), scope, Answer)
    if state is None:
        statement = statement.where(Answer.state.in_(SEEN))
    else:
        _check(state, [*SEEN])
        statement = statement.where(Answer.state == state)
    page = paging.rows(session, statement, Answer.at, Answer.id, after=after, limit=limit, oldest_first=True)
    return Page(_answers(session, scope, page.items), page.next)


def answer(session: Session, scope: Scope, answer_id: str) -> View:
    """One answer, or NotFound."""
    return _answers(session, scope, [_seen(session, scope, answer_id)])[0]


def answer_file(session: Session, scope: Scope, answer_id: str, name: str) -> Bytes:
    """Where the bytes of a file of an answer lie, or NotFound."""
    row = _seen(session, scope, answer_id)
    for file in parts.files_of(session, scope, [row.id]).get(row.id, []):
        if file.name == name:
            return Bytes(file.facility_id, file.digest, file.media_type, file.name)
    raise NotFound("file")


def unread(session: Session, scope: Scope) -> int:
    """How many answers nobody has received by name."""
    waiting = scoped(select(func.count()).select_from(Answer), scope, Answer)
    return session.scalar(waiting.where(Answer.state.in_([AnswerState.READY, AnswerState.SHOWN]))) or 0


def _seen(session: Session, scope: Scope, answer_id: str) -> Answer:
    row = get_for(session, scope, Answer, answer_id)
    if row.state not in SEEN:
        raise NotFound("answer")
    return row


def _check(state: str, known: Sequence[str]) -> None:
    if state not in known:
        raise Invalid("unknown_state", field="state", value=state)


def _answers(session: Session, scope: Scope, rows: Sequence[Answer]) -> list[View]:
    ids = [row.id for row in rows]
    files, code_of = parts.files_of(session, scope, ids), parts.codes(session)
    subjects = scoped(select(Request.id, Request.subject), scope, Request)
    named = dict(session.execute(subjects.where(Request.id.in_([row.request_id for row in rows]))).all())
    return [{**parts.answer(row, files.get(row.id, []), code_of), "subject": named[row.request_id]} for row in rows]


def _whole(session: Session, scope: Scope, rows: Sequence[Request]) -> list[View]:
    ids = [row.id for row in rows]
    reached = scoped(select(Answer), scope, Answer).where(Answer.request_id.in_(ids), Answer.state.in_(SEEN))
    found = list(session.scalars(reached.order_by(Answer.at, Answer.id)))
    answers = parts.grouped(found, lambda row: row.request_id)
    files = parts.files_of(session, scope, [row.id for row in found])
    rated = scoped(select(Rating), scope, Rating).where(Rating.request_id.in_(ids))
    ratings = {row.request_id: {"stars": row.stars, "comment": row.comment} for row in session.scalars(rated)}
    code_of = parts.codes(session)
    assignments = parts.assignments_of(session, scope, ids)
    messages, events = parts.messages_of(session, scope, ids), parts.events_of(session, scope, ids)
    exams, images = parts.exams_of(session, scope, ids), parts.images_of(session, scope, ids)
    paths = parts.paths_of(session, scope, ids)
    return [
        {
            **_head(row),
            "exams": exams.get(row.id, []),
            "images": [parts.image(one) for one in images.get(row.id, [])],
            "files": paths.get(row.id, []),
            "assignments": [_assignment(one, code_of) for one in assignments.get(row.id, [])],
            "answers": [parts.answer(one, files.get(one.id, []), code_of) for one in answers.get(row.id, [])],
            "messages": [parts.message(one, code_of) for one in messages.get(row.id, [])],
            "events": [parts.event(one) for one in events.get(row.id, [])],
            "rating": ratings.get(row.id),
        }
        for row in rows
    ]


def _head(row: Request) -> View:
    return {
        "id": row.id,
        "subject": row.subject,
        "body": row.body,
        "state": row.state,
        "urgency": row.urgency,
        "urgency_reason": row.urgency_reason,
        "channel": row.channel,
        "caller": row.caller,
        "filed_at": row.filed_at,
        "filed_by": row.filed_by,
        "moved_at": row.moved_at,
        "version": row.version,
    }


def _assignment(row: Assignment, code_of: dict[str, str]) -> View:
    view = {"id": row.id, "department": code_of[row.department_id], "state": row.state, "since": row.moved_at}
    if row.state in OPEN and row.paused_at is None:
        view["promise"] = row.promised_for or row.due_at
    return view
