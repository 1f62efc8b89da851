"""The door to an exam for the department that was let to read it for a request."""

from sqlalchemy.orm import Session

from portal import transactions
from routing.queue import access, looks
from vault.base.scope import Scope
from vault.tenancy.grants import Granted, may_read


def exam_scope(session: Session, scope: Scope, assignment_id: str, exam_id: str) -> Scope:
    """
    The caller within the area of an exam that was granted for this assignment's request; else NotFound.

    A picture opened without the assignment's page is a look too: it is in the access log before a byte leaves.
    """
    head = access.granted(session, scope, assignment_id)
    inner = scope.within(may_read(session, scope, Granted.EXAM, exam_id, request_id=head.request_id))
    if not looks.is_recorded(session, scope, head):
        with transactions.database().transaction() as writing:
            looks.opened(writing, scope, head)
    return inner
