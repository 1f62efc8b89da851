"""The door to an exam for the department that was let to read it for a request."""

from sqlalchemy.orm import Session

from routing.queue import access
from vault.base.scope import Scope
from vault.tenancy.grants import Granted, may_read


def exam_scope(session: Session, scope: Scope, assignment_id: str, exam_id: str) -> Scope:
    """The caller within the area of an exam that was granted for this assignment's request; else NotFound."""
    head = access.granted(session, scope, assignment_id)
    return scope.within(may_read(session, scope, Granted.EXAM, exam_id, request_id=head.request_id))
