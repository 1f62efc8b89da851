"""Ordering an analysis with a purpose, seeing how far it is, cancelling it. An analysis is a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from search.analysis import tasks
from search.analysis.registry import KINDS
from search.analysis.selection import Selection
from search.trace import cases
from vault.base import audit, jobs
from vault.base.errors import Conflict, Invalid, NotFound
from vault.base.jobs import Job
from vault.base.scope import Scope, load


@dataclass(frozen=True)
class Analysis:
    """One analysis: `done` and `total` count exams; `result` is there when `state` is done."""

    id: str
    kind: str
    filter: dict[str, Any]
    state: str
    purpose: str
    by: str
    done: int
    total: int
    result: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None


def start(session: Session, scope: Scope, *, kind: str, filter: Mapping[str, Any], stated: str) -> Analysis:
    """
    Order an analysis. `stated` is the purpose, as for a search; `filter` is what `Selection.parse` takes.

    Invalid names `kind`, `purpose` or the field of the filter that is wrong.
    """
    cases.require_analyst(scope)
    why = cases.purpose(session, stated)
    if kind not in KINDS:
        raise Invalid("unknown_choice", field="kind", known=sorted(KINDS))
    selection = Selection.parse(filter)
    ordered = tasks.Order(kind, selection, why.text, scope.login, scope.name)
    job_id = jobs.add(session, tasks.ANALYSE, ordered.kept())
    audit.record(session, scope, "analysis.ordered", why=why.text, items=[f"analysis:{job_id}"])
    session.flush()
    return get(session, scope, job_id)


def get(session: Session, scope: Scope, analysis_id: str) -> Analysis:
    """One analysis as it stands; NotFound for what is none."""
    cases.require_analyst(scope)
    job = load(session, Job, analysis_id)
    if job.kind != tasks.ANALYSE:
        raise NotFound("analysis")
    return _analysis(job)


def newest(session: Session, scope: Scope, *, limit: int = 50) -> list[Analysis]:
    """The analyses ordered last."""
    cases.require_analyst(scope)
    statement = select(Job).where(Job.kind == tasks.ANALYSE).order_by(Job.id.desc()).limit(limit)
    return [_analysis(job) for job in session.scalars(statement)]


def cancel(session: Session, scope: Scope, analysis_id: str) -> None:
    """Stop it: at once, or after the exam it is at; Conflict when it has ended."""
    if get(session, scope, analysis_id).finished_at is not None:
        raise Conflict("analysis_ended")
    jobs.cancel(session, analysis_id)
    audit.record(session, scope, "analysis.cancelled", items=[f"analysis:{analysis_id}"])


def _analysis(job: Job) -> Analysis:
    ordered = tasks.Order.restored(job.args)
    return Analysis(
        id=job.id,
        kind=ordered.kind,
        filter=ordered.selection.told(),
        state=job.state,
        purpose=ordered.purpose,
        by=ordered.login,
        done=job.done,
        total=job.total,
        result=job.result,
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
