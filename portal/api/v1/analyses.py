"""`/analyses`: what is measured on the images of many areas, ordered with a purpose that each facility reads."""

from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from portal import transactions
from portal.api.v1.base import Body, bp, rfc3339
from portal.guards import ANALYSTS, requires
from portal.scope import current
from search.analysis import service
from search.analysis.service import Analysis


class NewAnalysis(Body):
    """What to measure, on which exams, and why; `filter` knows facilities, scope_model, exam_kind, from and to."""

    kind: str
    filter: dict[str, Any] = Field(default_factory=dict)
    purpose: str = ""


@bp.get("/analyses")
@requires(ANALYSTS)
def analyses() -> ResponseReturnValue:
    """The analyses ordered last."""
    return {"items": [_shown(one) for one in service.newest(transactions.session(), current())], "next": None}


@bp.post("/analyses")
@requires(ANALYSTS)
@bp.input(NewAnalysis, arg_name="body")
def analysis_order(body: NewAnalysis) -> ResponseReturnValue:
    """Order one; it runs as a job, and each facility with an exam in it reads of it in its access log."""
    ordered = service.start(transactions.session(), current(), kind=body.kind, filter=body.filter, stated=body.purpose)
    return _shown(ordered), 201


@bp.get("/analyses/<analysis_id>")
@requires(ANALYSTS)
def analysis(analysis_id: str) -> ResponseReturnValue:
    """How far it is; `result` once it is done."""
    return _shown(service.get(transactions.session(), current(), analysis_id))


@bp.delete("/analyses/<analysis_id>")
@requires(ANALYSTS)
def analysis_cancel(analysis_id: str) -> ResponseReturnValue:
    """Stop it: at once, or after the exam it is at; 409 once it has ended."""
    session, scope = transactions.session(), current()
    service.cancel(session, scope, analysis_id)
    session.expire_all()
    return _shown(service.get(session, scope, analysis_id))


def _shown(found: Analysis) -> dict[str, Any]:
    return {
        "id": found.id,
        "kind": found.kind,
        "filter": found.filter,
        "state": found.state,
        "purpose": found.purpose,
        "by": found.by,
        "done": found.done,
        "total": found.total,
        "result": found.result,
        "created_at": rfc3339(found.created_at),
        "finished_at": rfc3339(found.finished_at),
    }
