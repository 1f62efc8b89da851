"""Carries out the moves of assignments, and what follows from them for the request."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from routing.departments.models import Department
from routing.queue import access, clocks, states
from routing.queue.events import AssignmentChanged
from routing.queue.models import Assignment
from routing.queue.states import AssignmentState
from routing.requests import lifecycle as requests
from routing.requests.attachments import ids_of
from routing.requests.models import Request
from routing.requests.states import WITH_DEPARTMENTS
from vault.base import clock
from vault.base.errors import IllegalMove
from vault.base.outbox import publish
from vault.base.scope import Scope, load
from vault.tenancy import grants


def create(
    session: Session,
    request: Request,
    department_id: str,
    *,
    probability: float | None = None,
    reasons: list[Any] | None = None,
    due_at: datetime | None = None,
) -> Assignment:
    """Put the request into a department's queue, and let it read what the request names."""
    now = clock.now()
    assignment = Assignment(
        facility_id=request.facility_id,
        request_id=request.id,
        department_id=department_id,
        state=AssignmentState.WAITING.value,
        is_open=True,
        probability=probability,
        reasons=reasons or [],
        created_at=now,
        moved_at=now,
        version=1,
    )
    clocks.start(session, assignment, request, due_at=due_at)
    session.add(assignment)
    session.flush()
    access.let_read(session, request, department_id, *ids_of(session, request.facility_id, request.id))
    _announce(session, assignment)
    return assignment


def move(session: Session, assignment: Assignment, to: AssignmentState) -> None:
    """Move the assignment and announce it; IllegalMove unless the table knows the move. `settle` is the caller's."""
    states.check(assignment.state, to)
    assignment.state = to.value
    assignment.is_open = to in states.OPEN
    assignment.moved_at = clock.now()
    if to is AssignmentState.ASKED:
        clocks.pause(assignment)
    else:
        clocks.resume(session, assignment)
    if to is AssignmentState.WAITING:
        assignment.holder_id = assignment.holder = assignment.lease_until = None
    if to is AssignmentState.TRANSFERRED:
        grants.revoke(session, department_id=assignment.department_id, request_id=assignment.request_id)
    touch(session, assignment)


def touch(session: Session, assignment: Assignment) -> None:
    """Announce a change that was no move."""
    assignment.version += 1
    session.flush()
    _announce(session, assignment)


def settle(session: Session, request: Request) -> None:
    """Bring the request to the state that its assignments make; announce it in any case."""
    held = [assignment.state for assignment in access.of_request(session, request)]
    to = states.request_state(held, reopened=request.reopened_at is not None)
    if to.value == request.state:
        requests.announce(session, request)
    else:
        requests.move(session, request, to)


def require_with_departments(request: Request) -> None:
    """IllegalMove once no department owes anything any more."""
    if request.state not in WITH_DEPARTMENTS:
        raise IllegalMove(state=request.state, to="changed")


def note(session: Session, scope: Scope, request: Request, code: str, assignment: Assignment, **values: Any) -> None:
    """A line of the timeline that names the department."""
    department = load(session, Department, assignment.department_id).code
    requests.note(session, scope, request, code, department=department, assignment=assignment.id, **values)


def _announce(session: Session, assignment: Assignment) -> None:
    publish(
        session,
        AssignmentChanged(assignment.facility_id, assignment.id, assignment.request_id, assignment.department_id),
    )
