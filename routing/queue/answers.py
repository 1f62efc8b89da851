"""Answering: once for an assignment, and corrected by a new version."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.queue import access, claims, files, hold, lifecycle
from routing.queue.events import AnswerReady
from routing.queue.models import Answer, Assignment
from routing.queue.states import SENT, AnswerState
from routing.requests import lifecycle as requests
from routing.requests import texts
from routing.requests.models import Request
from routing.requests.states import RequestState
from vault.base import audit, clock
from vault.base.errors import Conflict, NotFound
from vault.base.outbox import publish
from vault.base.scope import Scope


def answer(
    session: Session,
    scope: Scope,
    assignment_id: str,
    *,
    body: str,
    files_named: Sequence[str] | None = None,
    hold_seconds: int = 0,
) -> Answer:
    """
    Answer the caller's part of the request, once.

    `files_named` are names of files uploaded for the assignment, None all of them. The answer is the facility's after
    `hold_seconds`; until then its author can take it back. Raises Conflict("answered", holder=…) for a second one.
    """
    body = texts.body(body)
    assignment, request = claims.hold(session, scope, assignment_id)
    lifecycle.require_with_departments(request)
    earlier = hold.of_assignment(session, assignment)
    if earlier is not None:
        raise Conflict("answered", holder=earlier.by)
    row = _new(scope, assignment, body, hold_seconds)
    session.add(row)
    session.flush()
    files.bind(session, row, files_named)
    _record(session, scope, "request.answered", request)
    if hold_seconds:
        hold.begin(session, row)
        lifecycle.touch(session, assignment)
    else:
        hold.make_ready(session, scope, row, assignment, request)
    return row


def correct(session: Session, scope: Scope, assignment_id: str, *, answer_id: str, body: str, reason: str) -> Answer:
    """
    Replace an answer that the facility has by a new version, with a reason; its files go over.

    Anyone in the department may. Raises NotFound for an answer of another assignment, Conflict("replaced") for a
    version that is not the present one, Conflict("not_sent") for one that can still be taken back.
    """
    body, reason = texts.body(body), texts.line(reason, field="reason")
    assignment, request = access.for_change(session, scope, assignment_id)
    old = session.scalar(
        select(Answer).where(
            Answer.facility_id == assignment.facility_id,
            Answer.assignment_id == assignment.id,
            Answer.id == answer_id,
        )
    )
    if old is None:
        raise NotFound("answer")
    if old.state not in SENT:
        raise Conflict("replaced" if old.state == AnswerState.REPLACED else "not_sent", holder=old.by)
    old.state = AnswerState.REPLACED.value
    session.flush()  # the index lets no second answer count beside it
    row = _new(scope, assignment, body, 0)
    row.version, row.replaces, row.reason = old.version + 1, old.id, reason
    session.add(row)
    session.flush()
    files.copy(session, old, row)
    _record(session, scope, "answer.corrected", request)
    lifecycle.note(session, scope, request, "answer.corrected", assignment, answer=row.id, replaces=old.id)
    lifecycle.touch(session, assignment)
    publish(session, AnswerReady(row.facility_id, row.id, row.request_id, row.department_id))
    if request.state in (RequestState.PICKED_UP, RequestState.CLOSED):
        requests.move(session, request, RequestState.ANSWERED)
    else:
        requests.announce(session, request)
    return row


def _new(scope: Scope, assignment: Assignment, body: str, hold_seconds: int) -> Answer:
    now = clock.now()
    return Answer(
        facility_id=assignment.facility_id,
        assignment_id=assignment.id,
        request_id=assignment.request_id,
        department_id=assignment.department_id,
        body=body,
        state=(AnswerState.HELD if hold_seconds else AnswerState.READY).value,
        by=scope.name,
        person_id=scope.person_id,
        at=now + timedelta(seconds=hold_seconds),
        ready_at=now + timedelta(seconds=hold_seconds),
        version=1,
    )


def _record(session: Session, scope: Scope, what: str, request: Request) -> None:
    reference = f"request:{request.id}"
    audit.record(session, scope, what, facility_id=request.facility_id, why=reference, items=[reference])
