"""`DELETE /exams/{id}` and what can be brought back; `/receipts`: the area's chain, with what was removed noted."""

from typing import Any

from flask.typing import ResponseReturnValue

from portal import transactions
from portal.api.v1.base import ListQuery, bp, listed, rfc3339
from portal.guards import FACILITY, FACILITY_PEOPLE, requires
from portal.scope import current
from vault.exams import deletion
from vault.exams.models import Exam
from vault.intake import receipts


@bp.delete("/exams/<exam_id>")
@requires(FACILITY_PEOPLE)
def exam_delete(exam_id: str) -> ResponseReturnValue:
    """Out of sight; 409 `held` or `retained` where a hold, law or contract keeps it. It can be brought back `until`."""
    return _deleted(deletion.delete(transactions.session(), current(), _policy(), exam_id))


@bp.post("/exams/<exam_id>/undelete")
@requires(FACILITY_PEOPLE)
def exam_undelete(exam_id: str) -> ResponseReturnValue:
    """Back as it was; 410 `exam_removed` once its grace has ended."""
    exam = deletion.undelete(transactions.session(), current(), exam_id)
    return {"id": exam.id, "state": exam.state}


@bp.get("/deleted-exams")
@requires(FACILITY)
def exams_deleted() -> ResponseReturnValue:
    """What can be brought back, the last deleted first."""
    found = deletion.list_deleted(transactions.session(), current())
    return {"items": [_deleted(exam) for exam in found], "next": None}


@bp.get("/receipts")
@requires(FACILITY)
@bp.input(ListQuery, location="query", arg_name="query")
def receipt_chain(query: ListQuery) -> ResponseReturnValue:
    """The area's receipts by their sequence, also of exams that are gone: those say since when."""
    page = receipts.chain(transactions.session(), current(), after=query.after, limit=query.limit)
    return listed(page, [{"receipt": one.document, "removed_at": rfc3339(one.removed_at)} for one in page.items])


def _deleted(exam: Exam) -> dict[str, Any]:
    return {
        "id": exam.id,
        "patient_id": exam.patient_id,
        "performed_at": rfc3339(exam.performed_at),
        "kind": exam.kind,
        "state": exam.state,
        "deleted_at": rfc3339(exam.deleted_at),
        "until": rfc3339(deletion.gone_after(_policy(), exam)),
    }


def _policy() -> Any:
    return transactions.installation().settings.retention
