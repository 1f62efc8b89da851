"""Looks into an area by a department: who has an assignment open, and the row in the facility's access log."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from routing.queue.models import Assignment, AssignmentView
from routing.requests.attachments import ids_of
from vault.base import audit, clock
from vault.base.database import count_changed, insert_if_absent
from vault.base.errors import NotFound
from vault.base.scope import Scope

ONE_LOOK = timedelta(minutes=15)
"""Within this time, pages and pictures of one assignment opened by one person are one look."""
STILL_THERE = timedelta(minutes=2)


def opened(session: Session, scope: Scope, assignment: Assignment) -> None:
    """Record that the caller looks at what the assignment names; once a look, not once a picture."""
    if scope.person_id is None:
        raise NotFound("person")
    now = clock.now()
    key = {"assignment_id": assignment.id, "person_id": scope.person_id}
    first = insert_if_absent(
        session,
        AssignmentView,
        **key,
        facility_id=assignment.facility_id,
        name=scope.name,
        logged_at=now,
        seen_at=now,
    )
    mine = update(AssignmentView).where(
        AssignmentView.assignment_id == assignment.id, AssignmentView.person_id == scope.person_id
    )
    again = count_changed(
        session, mine.where(AssignmentView.logged_at < now - ONE_LOOK).values(logged_at=now, seen_at=now)
    )
    if not (first or again):
        session.execute(mine.values(seen_at=now))
        return
    reference = f"request:{assignment.request_id}"
    exams, files = ids_of(session, assignment.facility_id, assignment.request_id)
    audit.record(
        session,
        scope,
        "request.viewed",
        facility_id=assignment.facility_id,
        why=reference,
        items=[reference, *(f"exam:{id_}" for id_ in exams), *(f"file:{id_}" for id_ in files)],
    )


def is_recorded(session: Session, scope: Scope, assignment: Assignment) -> bool:
    """Whether the caller's look at the assignment is in the access log, so that a picture need not be written there."""
    statement = select(AssignmentView.logged_at).where(
        AssignmentView.facility_id == assignment.facility_id,
        AssignmentView.assignment_id == assignment.id,
        AssignmentView.person_id == scope.person_id,
        AssignmentView.logged_at >= clock.now() - ONE_LOOK,
    )
    return session.scalar(statement) is not None


def others(session: Session, scope: Scope, assignment: Assignment) -> list[dict[str, Any]]:
    """Who else had the assignment open in the last minutes."""
    statement = select(AssignmentView).where(
        AssignmentView.facility_id == assignment.facility_id,
        AssignmentView.assignment_id == assignment.id,
        AssignmentView.person_id != scope.person_id,
        AssignmentView.seen_at > clock.now() - STILL_THERE,
    )
    rows = session.scalars(statement.order_by(AssignmentView.seen_at.desc()))
    return [{"name": row.name, "at": row.seen_at} for row in rows]
