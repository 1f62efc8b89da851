"""What a facility does to a request that departments have: reply, withdraw, reopen, pick an answer up."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.departments import queries as departments
from routing.queue import access, claims, hold, lifecycle
from routing.queue.events import AnswerPickedUp
from routing.queue.models import Answer, Assignment
from routing.queue.states import OPEN, SENT, AnswerState, AssignmentState
from routing.requests import lifecycle as requests
from routing.requests import texts
from routing.requests.models import Message, Request
from routing.requests.people import Doer, doer
from routing.requests.states import DONE, TAKES_MESSAGES, RequestState
from vault.base import audit, clock
from vault.base.errors import Conflict, IllegalMove, NotFound
from vault.base.outbox import publish
from vault.base.scope import Role, Scope, get_for


def reply(session: Session, scope: Scope, request_id: str, *, body: str, person: str | None = None) -> Message:
    """
    Say something about the request; what departments asked goes back to who asked, with a fresh lease.

    Raises IllegalMove once the request is closed or withdrawn: reopen it first.
    """
    body = texts.body(body)
    by = doer(session, scope, person)
    request = get_for(session, scope, Request, request_id, lock=True)
    if request.state not in TAKES_MESSAGES:
        raise IllegalMove(state=request.state, to="changed")
    asked = [row for row in access.of_request(session, request) if row.state == AssignmentState.ASKED]
    message = _say(session, scope, request, by, body, "reply" if asked else "word")
    for assignment in asked:
        assignment.lease_until = clock.now() + claims.LEASE
        lifecycle.move(session, assignment, AssignmentState.CLAIMED)
    requests.note(session, scope, request, "request.replied", by=by.name)
    if asked:
        lifecycle.settle(session, request)
    else:
        _tell_departments(session, request)
        requests.announce(session, request)
    return message


def withdraw(session: Session, scope: Scope, request_id: str) -> Request:
    """Take the request back; IllegalMove once every department has answered."""
    request = get_for(session, scope, Request, request_id, lock=True)
    requests.move(session, request, RequestState.WITHDRAWN)
    for assignment in access.of_request(session, request):
        if assignment.state in OPEN:
            hold.drop(session, assignment)
            lifecycle.move(session, assignment, AssignmentState.WITHDRAWN)
    requests.note(session, scope, request, "request.withdrawn")
    audit.record(session, scope, "request.withdrawn", items=[f"request:{request.id}"])
    return request


def reopen(session: Session, scope: Scope, request_id: str, *, body: str = "", person: str | None = None) -> Request:
    """Bring an answered request back to the departments that answered it, with a word why; IllegalMove while open."""
    body = texts.body(body, required=False)
    by = doer(session, scope, person)
    request = get_for(session, scope, Request, request_id, lock=True)
    if request.state not in DONE:
        raise IllegalMove(state=request.state, to=RequestState.REOPENED.value)
    before = access.of_request(session, request)
    requests.move(session, request, RequestState.REOPENED)
    request.reopened_at = clock.now()
    if body.strip():
        _say(session, scope, request, by, body, "word")
    for department_id in _to_reopen(session, before):
        reasons = [{"code": "reopened", "by": by.name}]
        lifecycle.create(session, request, department_id, reasons=reasons)
    requests.note(session, scope, request, "request.reopened", by=by.name)
    audit.record(session, scope, "request.reopened", items=[f"request:{request.id}"])
    return request


def pickup(session: Session, scope: Scope, answer_id: str, *, person: str | None = None) -> Answer:
    """
    Pick an answer up: received by a person, shown where a device names none; again changes nothing.

    Raises NotFound for an answer not sent yet, Conflict("replaced") for an older version.
    """
    by = doer(session, scope, person)
    answer = get_for(session, scope, Answer, answer_id)
    request = get_for(session, scope, Request, answer.request_id, lock=True)
    session.refresh(answer, with_for_update=True)
    if answer.state == AnswerState.REPLACED:
        raise Conflict("replaced")
    if answer.state not in SENT:
        raise NotFound("answer")
    if answer.state == AnswerState.RECEIVED or (answer.state == AnswerState.SHOWN and by.person_id is None):
        return answer
    _mark(scope, answer, by)
    session.flush()
    audit.record(session, scope, f"answer.{answer.state}", items=[f"answer:{answer.id}"])
    requests.note(session, scope, request, f"answer.{answer.state}", answer=answer.id, by=by.name)
    publish(session, AnswerPickedUp(answer.facility_id, answer.id, answer.request_id))
    if request.state == RequestState.ANSWERED and _all_received(session, request):
        requests.move(session, request, RequestState.PICKED_UP)
    else:
        requests.announce(session, request)
    return answer


def _mark(scope: Scope, answer: Answer, by: Doer) -> None:
    now = clock.now()
    answer.shown_at = answer.shown_at or now
    if by.person_id is None and scope.role is Role.DEVICE:
        answer.state = AnswerState.SHOWN.value
    else:
        answer.state = AnswerState.RECEIVED.value
        answer.picked_up_at, answer.picked_up_by = now, by.name


def _all_received(session: Session, request: Request) -> bool:
    states = session.scalars(
        select(Answer.state).where(
            Answer.facility_id == request.facility_id, Answer.request_id == request.id, Answer.state.in_(SENT)
        )
    )
    return all(state == AnswerState.RECEIVED for state in states)


def _to_reopen(session: Session, before: Sequence[Assignment]) -> list[str]:
    """The departments that answered and still work, else triage."""
    answered = {row.department_id for row in before if row.state == AssignmentState.ANSWERED}
    working = [department.id for department in departments.active(session) if department.id in answered]
    return working or [departments.triage(session).id]


def _tell_departments(session: Session, request: Request) -> None:
    for assignment in access.of_request(session, request):
        if assignment.state in OPEN:
            lifecycle.touch(session, assignment)


def _say(session: Session, scope: Scope, request: Request, by: Doer, body: str, kind: str) -> Message:
    message = Message(
        facility_id=request.facility_id,
        request_id=request.id,
        kind=kind,
        side=scope.side.value,
        author=by.name,
        person_id=by.person_id,
        body=body,
        at=clock.now(),
    )
    session.add(message)
    session.flush()
    return message
