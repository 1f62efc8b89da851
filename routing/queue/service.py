"""What departments do with a request besides answering it: ask, give an interim word, transfer, note."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from routing.departments import queries as departments
from routing.queue import access, claims, clocks, hold, lifecycle
from routing.queue.models import Assignment, Note
from routing.queue.states import AssignmentState
from routing.requests import texts
from routing.requests.models import Message, Request
from vault.base import audit, clock
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Scope


def ask(session: Session, scope: Scope, assignment_id: str, body: str) -> Assignment:
    """Ask the facility something back; the request is `asked` until it replies."""
    body = texts.body(body)
    assignment, request = _held(session, scope, assignment_id)
    _say(session, scope, assignment, request, "question", body)
    if assignment.state != AssignmentState.ASKED:
        lifecycle.move(session, assignment, AssignmentState.ASKED)
    lifecycle.note(session, scope, request, "assignment.asked", assignment)
    lifecycle.settle(session, request)
    return assignment


def interim(session: Session, scope: Scope, assignment_id: str, *, body: str, until: datetime) -> Assignment:
    """Tell the facility how things stand and by when the next word comes; Invalid unless `until` lies ahead."""
    body = texts.body(body)
    if until.tzinfo is None or until <= clock.now():
        raise Invalid("not_ahead", field="until")
    assignment, request = _held(session, scope, assignment_id)
    _say(session, scope, assignment, request, "interim", body, until)
    clocks.promise(session, assignment, request, until)
    lifecycle.touch(session, assignment)
    lifecycle.note(session, scope, request, "assignment.promised", assignment, until=until.isoformat())
    lifecycle.settle(session, request)
    return assignment


def transfer(session: Session, scope: Scope, assignment_id: str, *, to: Sequence[str], reason: str) -> Assignment:
    """
    Hand the caller's part over to the departments `to`, by code; what was granted goes with it.

    Departments that have it already are left as they are. Raises Invalid for an unknown code or the own one.
    """
    reason = texts.line(reason, field="reason")
    targets = departments.by_codes(session, to, field="to")
    assignment, request = _held(session, scope, assignment_id)
    if not targets or assignment.department_id in {department.id for department in targets}:
        raise Invalid("transfer_target", field="to")
    lifecycle.move(session, assignment, AssignmentState.TRANSFERRED)
    busy = {other.department_id for other in access.of_request(session, request) if other.is_open}
    for department in targets:
        if department.id not in busy:
            why = [{"code": "transferred", "by": scope.name, "reason": reason}]
            lifecycle.create(session, request, department.id, reasons=why, due_at=assignment.due_at)
    codes = [department.code for department in targets]
    lifecycle.note(session, scope, request, "assignment.transferred", assignment, to=codes)
    _record(session, scope, "request.transferred", request)
    lifecycle.settle(session, request)
    return assignment


def note(session: Session, scope: Scope, assignment_id: str, body: str) -> Note:
    """Write an internal word; anyone in the department may, whoever holds the assignment."""
    body = texts.body(body)
    assignment = access.granted(session, scope, assignment_id)
    row = Note(
        facility_id=assignment.facility_id,
        request_id=assignment.request_id,
        assignment_id=assignment.id,
        department_id=assignment.department_id,
        author=scope.name,
        person_id=scope.person_id,
        body=body,
        at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def _held(session: Session, scope: Scope, assignment_id: str) -> tuple[Assignment, Request]:
    """The assignment in the caller's hands, with no answer of theirs on its way out."""
    assignment, request = claims.hold(session, scope, assignment_id)
    lifecycle.require_with_departments(request)
    if hold.of_assignment(session, assignment) is not None:
        raise Conflict("answered", holder=assignment.holder)
    return assignment, request


def _say(
    session: Session,
    scope: Scope,
    assignment: Assignment,
    request: Request,
    kind: str,
    body: str,
    until: datetime | None = None,
) -> None:
    session.add(
        Message(
            facility_id=request.facility_id,
            request_id=request.id,
            assignment_id=assignment.id,
            department_id=assignment.department_id,
            kind=kind,
            side=scope.side.value,
            author=scope.name,
            person_id=scope.person_id,
            body=body,
            until=until,
            at=clock.now(),
        )
    )
    _record(session, scope, f"request.{kind}", request)


def _record(session: Session, scope: Scope, what: str, request: Request) -> None:
    reference = f"request:{request.id}"
    audit.record(session, scope, what, facility_id=request.facility_id, why=reference, items=[reference])
