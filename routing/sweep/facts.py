"""What the router is told of a request: its words, and what is known of its area and its exams."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.requests.models import Request, RequestExam
from routing.router.rules import Facts
from routing.sweep.collect import Collected, Sweep
from vault.exams.models import Exam
from vault.tenancy.models import Facility


def of_batch(session: Session, run: Sweep, batch: Sequence[Collected]) -> dict[str, Facts]:
    """Facts by request id, of those that are still this run's; two statements."""
    ids = [one.request_id for one in batch]
    mine = (
        select(Request, Facility)
        .join(Facility, Facility.id == Request.facility_id)
        .where(Request.id.in_(ids), Request.sweep_holder == run.holder)
    )
    exams = (
        select(RequestExam.request_id, Exam.kind, Exam.scope_model)
        .join(Exam, (Exam.id == RequestExam.exam_id) & (Exam.facility_id == RequestExam.facility_id))
        .where(RequestExam.request_id.in_(ids))
    )
    kinds: dict[str, list[str]] = defaultdict(list)
    models: dict[str, list[str]] = defaultdict(list)
    for request_id, kind, model in session.execute(exams):
        kinds[request_id].append(kind)
        if model:
            models[request_id].append(model)
    return {
        request.id: Facts(
            subject=request.subject,
            body=request.body,
            facility=facility.code,
            klass=facility.service_class,
            kinds=tuple(kinds[request.id]),
            scope_models=tuple(models[request.id]),
            urgency=request.urgency,
        )
        for request, facility in session.execute(mine)
    }
