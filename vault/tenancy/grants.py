"""Grants: the recorded door by which a department reads what a request names, and nothing else of the area."""

from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vault.base import clock, ids
from vault.base.database import insert_if_absent
from vault.base.errors import NotFound
from vault.base.scope import Scope
from vault.tenancy.models import Grant


class Granted(StrEnum):
    """What can be granted."""

    REQUEST = "request"
    EXAM = "exam"
    FILE = "file"


def grant(
    session: Session, *, facility_id: str, department_id: str, request_id: str, kind: Granted, subject_id: str
) -> None:
    """Let the department read the thing for that request; granting twice is granting once."""
    made = insert_if_absent(
        session,
        Grant,
        id=ids.new(),
        facility_id=facility_id,
        department_id=department_id,
        request_id=request_id,
        kind=kind.value,
        subject_id=subject_id,
        created_at=clock.now(),
    )
    if not made:
        again = update(Grant).where(
            Grant.department_id == department_id,
            Grant.request_id == request_id,
            Grant.kind == kind.value,
            Grant.subject_id == subject_id,
        )
        session.execute(again.values(revoked_at=None))


def revoke(session: Session, *, department_id: str, request_id: str) -> None:
    """Take back everything the department was let to read for that request."""
    mine = update(Grant).where(Grant.department_id == department_id, Grant.request_id == request_id)
    session.execute(mine.where(Grant.revoked_at.is_(None)).values(revoked_at=clock.now()))


def may_read(session: Session, scope: Scope, kind: Granted, subject_id: str, *, request_id: str | None = None) -> str:
    """The facility id of the thing, if one of the caller's departments was let to read it; else NotFound."""
    statement = select(Grant.facility_id).where(
        Grant.kind == kind.value,
        Grant.subject_id == subject_id,
        Grant.department_id.in_(scope.departments),
        Grant.revoked_at.is_(None),
    )
    if request_id is not None:
        statement = statement.where(Grant.request_id == request_id)
    facility_id = session.scalar(statement.limit(1))
    if facility_id is None:
        raise NotFound(kind.value)
    return facility_id
