"""What the departments' work teaches the router: each request's text and who answered it; and the job."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.departments.models import TRIAGE, Department
from routing.queue.models import Assignment
from routing.queue.states import AssignmentState
from routing.requests.models import Request
from routing.router import service
from routing.router.train import Example
from vault.base.jobs import Context, Queue, handler
from vault.base.scope import Scope

TRAIN = "router.train"

NEWEST = 100_000
"""So many answered assignments are learned from; older ones say less about today's work."""


def answered(session: Session) -> list[Example]:
    """
    The answered requests in the order in which they were filed, with the departments that answered.

    A department that transferred its part away is not among them: that is how a transfer corrects the router. What the
    triage desk answered itself belongs to no department.
    """
    statement = (
        select(Request.id, Request.subject, Request.body, Department.code)
        .join(Assignment, Assignment.request_id == Request.id)
        .join(Department, Department.id == Assignment.department_id)
        .where(Assignment.state == AssignmentState.ANSWERED)
        .order_by(Request.filed_at.desc(), Request.id.desc())
        .limit(NEWEST)
    )
    texts: dict[str, str] = {}
    codes: dict[str, list[str]] = defaultdict(list)
    for id_, subject, body, code in session.execute(statement):
        texts[id_] = f"{subject}\n{body}"
        if code != TRIAGE:
            codes[id_].append(code)
    return [Example(text, tuple(dict.fromkeys(codes[id_]))) for id_, text in reversed(texts.items())]


@handler(TRAIN, queue=Queue.SLOW)
def train(context: Context) -> dict[str, Any]:
    """
    Learn from the answered requests and propose the model with its report.

    With `{"adopt": true}` it is taken into use at once. Run twice, the later model stands.
    """
    settings = context.resources.settings
    with context.database.read() as session:
        examples = answered(session)
    trained = service.learn(settings, examples, source=service.FROM_ANSWERS)
    with context.transaction() as session:
        service.propose(session, trained)
        if context.args.get("adopt"):
            service.adopt(session, Scope.system(), settings, trained.id)
    return {"model": trained.id, **trained.report}
