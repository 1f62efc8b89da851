"""Watching promises: a department is warned before it is late, and the administrators are told when it is."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from routing.departments.models import Department
from routing.queue import lifecycle
from routing.queue.models import Assignment
from routing.queue.states import OPEN, AssignmentState
from vault.base import clock
from vault.tenancy import mailing

OVERDUE = "assignment.overdue"
BATCH = 200
_RUNNING = [state.value for state in sorted(OPEN - {AssignmentState.ASKED})]


def warn(session: Session) -> int:
    """Show departments what is due soon; returns how many assignments, at most 200 a call."""
    found = _running(session, Assignment.warn_at <= clock.now())
    for assignment in found:
        assignment.warn_at = None
        lifecycle.touch(session, assignment)
    return len(found)


def escalate(session: Session) -> int:
    """Tell the administrators what is late now, once each; returns how many assignments, at most 200 a call."""
    found = _running(session, (Assignment.due_at <= clock.now()) & Assignment.escalated_at.is_(None))
    named = {row.id: row for row in session.scalars(select(Department))} if found else {}
    for assignment in found:
        department = named[assignment.department_id]
        assignment.escalated_at = clock.now()
        values = {
            "due": assignment.due_at.isoformat(),
            "holder": assignment.holder,
            "ja": department.name_ja,
            "en": department.name_en,
        }
        mailing.tell(session, "role:admin", OVERDUE, assignment.id, facility_id=assignment.facility_id, values=values)
        lifecycle.touch(session, assignment)
    return len(found)


def _running(session: Session, when: ColumnElement[bool]) -> list[Assignment]:
    mine = select(Assignment).where(Assignment.is_open, Assignment.state.in_(_RUNNING), when)
    ordered = mine.order_by(Assignment.due_at, Assignment.id).limit(BATCH)
    return list(session.scalars(ordered.with_for_update(skip_locked=True)))
