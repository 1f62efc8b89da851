"""The clock of an assignment: it runs in the department's hours, and stands still while the facility is asked."""

from datetime import datetime

from sqlalchemy.orm import Session

from routing.promises import service as promises
from routing.promises.service import Clock
from routing.queue.models import Assignment
from routing.requests.models import URGENT, Request
from vault.base import clock
from vault.base.scope import Scope, get_for


def start(session: Session, assignment: Assignment, request: Request, *, due_at: datetime | None) -> None:
    """Set when the assignment is due: by what its department promises, or at `due_at`; and when it is warned."""
    runs = _of(session, assignment, request)
    assignment.due_at = due_at or runs.due(assignment.created_at)
    _warn(runs, assignment)


def promise(session: Session, assignment: Assignment, request: Request, until: datetime) -> None:
    """The facility was told a date: it is the promise from now on, whatever the hours are."""
    assignment.due_at = assignment.promised_for = until
    _warn(_of(session, assignment, request), assignment)


def pause(assignment: Assignment) -> None:
    """It is for the facility to speak: the time until it does is not the department's."""
    assignment.paused_at = clock.now()


def resume(session: Session, assignment: Assignment) -> None:
    """The clock goes on with what was left of it; a date that was told stays, and so does what was late already."""
    paused, now = assignment.paused_at, clock.now()
    assignment.paused_at = None
    if paused is None or assignment.promised_for is not None:
        return
    request = get_for(session, Scope.system(assignment.facility_id), Request, assignment.request_id)
    runs = _of(session, assignment, request)
    assignment.due_at = runs.after_pause(assignment.due_at, paused, now)
    if assignment.warn_at is not None:
        assignment.warn_at = runs.after_pause(assignment.warn_at, paused, now)


def _warn(runs: Clock, assignment: Assignment) -> None:
    assignment.warn_at = runs.warning(clock.now(), assignment.due_at)
    assignment.escalated_at = None


def _of(session: Session, assignment: Assignment, request: Request) -> Clock:
    return promises.clock_of(session, assignment.department_id, urgent=request.urgency == URGENT)
