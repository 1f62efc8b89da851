"""The door of a department: an assignment opens for its members alone, and what it names through the grant."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.queue.models import Assignment
from routing.requests.models import Request
from vault.base.errors import NotFound
from vault.base.scope import Role, Scope, get_for
from vault.tenancy import grants
from vault.tenancy.grants import Granted


def mine(session: Session, scope: Scope, assignment_id: str) -> Assignment:
    """The assignment, if it is one of the caller's departments'; else NotFound."""
    scope.require(Role.DEPARTMENT, Role.ADMIN)
    statement = select(Assignment).where(
        Assignment.id == assignment_id, Assignment.department_id.in_(scope.departments)
    )
    assignment = session.scalar(statement)
    if assignment is None:
        raise NotFound("assignment")
    return assignment


def granted(session: Session, scope: Scope, assignment_id: str) -> Assignment:
    """The assignment, if besides being the caller's its request may still be read; else NotFound."""
    assignment = mine(session, scope, assignment_id)
    grants.may_read(session, scope, Granted.REQUEST, assignment.request_id, request_id=assignment.request_id)
    return assignment


def for_change(session: Session, scope: Scope, assignment_id: str) -> tuple[Assignment, Request]:
    """The caller's assignment and its request, both locked; the request first, as everywhere."""
    assignment = mine(session, scope, assignment_id)
    request = get_for(session, scope.within(assignment.facility_id), Request, assignment.request_id, lock=True)
    session.refresh(assignment, with_for_update=True)
    return assignment, request


def of_request(session: Session, request: Request) -> list[Assignment]:
    """Every department's part of a request that the caller has locked, oldest first."""
    statement = select(Assignment).where(
        Assignment.facility_id == request.facility_id, Assignment.request_id == request.id
    )
    return list(session.scalars(statement.order_by(Assignment.created_at, Assignment.id)))


def let_read(
    session: Session, request: Request, department_id: str, exams: Iterable[str], files: Iterable[str]
) -> None:
    """Let the department read the request, its exams and its files, and nothing else of the area."""
    subjects = [(Granted.REQUEST, request.id)]
    subjects += [(Granted.EXAM, exam_id) for exam_id in exams]
    subjects += [(Granted.FILE, file_id) for file_id in files]
    for kind, subject_id in subjects:
        grants.grant(
            session,
            facility_id=request.facility_id,
            department_id=department_id,
            request_id=request.id,
            kind=kind,
            subject_id=subject_id,
        )
