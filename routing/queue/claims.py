"""Who has an assignment: claimed by one UPDATE, kept by a lease, taken over when the lease ran out."""

from datetime import timedelta

from sqlalchemy import case, or_, update
from sqlalchemy.orm import Session

from routing.queue import access, lifecycle
from routing.queue import hold as holding
from routing.queue.models import Assignment
from routing.queue.states import HELD, AssignmentState
from routing.requests.models import Request
from vault.base import clock
from vault.base.database import count_changed
from vault.base.errors import Conflict, IllegalMove
from vault.base.scope import Scope

LEASE = timedelta(minutes=30)


def claim(session: Session, scope: Scope, assignment_id: str) -> Assignment:
    """
    Take the assignment: exactly one caller wins, until the lease runs out.

    Raises Conflict("claimed", holder=…) when somebody has it, the caller included, and IllegalMove when it is done.
    """
    assignment, request = access.for_change(session, scope, assignment_id)
    _take(session, scope, assignment, request)
    return assignment


def hold(session: Session, scope: Scope, assignment_id: str) -> tuple[Assignment, Request]:
    """
    What every act of a department begins with: the caller has the assignment, taking it now if nobody does.

    Both rows come back locked. Raises Conflict("claimed" or "answered", holder=…) where it is somebody else's or done.
    """
    assignment, request = access.for_change(session, scope, assignment_id)
    if assignment.holder_id == scope.person_id and assignment.state in HELD:
        assignment.lease_until = clock.now() + LEASE
    else:
        _take(session, scope, assignment, request)
    return assignment, request


def release(session: Session, scope: Scope, assignment_id: str) -> Assignment:
    """Give the assignment back to the queue; only its holder can."""
    assignment, request = access.for_change(session, scope, assignment_id)
    if assignment.state in HELD and assignment.holder_id != scope.person_id:
        raise Conflict("claimed", holder=assignment.holder)
    if holding.of_assignment(session, assignment) is not None:
        raise Conflict("answered", holder=assignment.holder)
    lifecycle.move(session, assignment, AssignmentState.WAITING)
    lifecycle.note(session, scope, request, "assignment.released", assignment)
    lifecycle.settle(session, request)
    return assignment


def renew(session: Session, scope: Scope, assignment_id: str) -> bool:
    """Keep the lease while the holder's page is open; False when the caller does not hold it any more."""
    mine = access.mine(session, scope, assignment_id)
    statement = update(Assignment).where(
        Assignment.id == mine.id, Assignment.holder_id == scope.person_id, Assignment.state.in_(HELD)
    )
    return count_changed(session, statement.values(lease_until=clock.now() + LEASE)) == 1


def _take(session: Session, scope: Scope, assignment: Assignment, request: Request) -> None:
    now = clock.now()
    before = assignment.holder if assignment.state in HELD else None
    free = or_(
        Assignment.state == AssignmentState.WAITING,
        Assignment.state.in_(HELD) & (Assignment.lease_until < now),
    )
    waiting_is_claimed = case(
        (Assignment.state == AssignmentState.WAITING, AssignmentState.CLAIMED.value), else_=Assignment.state
    )
    statement = update(Assignment).where(Assignment.id == assignment.id, free)
    won = count_changed(
        session,
        statement.values(
            state=waiting_is_claimed,
            holder_id=scope.person_id,
            holder=scope.name,
            lease_until=now + LEASE,
            moved_at=now,
        ).execution_options(synchronize_session=False),
    )
    session.refresh(assignment)
    if not won:
        refuse(assignment)
    lifecycle.touch(session, assignment)
    code = "assignment.claimed" if before is None else "assignment.taken-over"
    lifecycle.note(session, scope, request, code, assignment)


def refuse(assignment: Assignment) -> None:
    """Raise what is right for an assignment that cannot be taken."""
    if assignment.state in HELD:
        raise Conflict("claimed", holder=assignment.holder)
    if assignment.state == AssignmentState.ANSWERED:
        raise Conflict("answered", holder=assignment.holder)
    raise IllegalMove(state=assignment.state, to=AssignmentState.CLAIMED.value)
