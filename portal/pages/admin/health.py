"""Jobs, queues and checks in full."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import checks, transactions
from portal.guards import requires
from portal.pages.admin.base import bp
from vault.base.jobs import Job, JobState
from vault.base.scope import Role


@bp.get("/health")
@requires(Role.ADMIN)
def health() -> ResponseReturnValue:
    """How each part is, and what runs."""
    session = transactions.session()
    waiting = (
        select(Job.queue, func.count(), func.min(Job.due_at))
        .where(Job.state == JobState.WAITING)
        .group_by(Job.queue)
        .order_by(Job.queue)
    )
    return render_template(
        "admin/health.html",
        checks=check_rows(),
        jobs=job_rows(session),
        queues=[
            {"name": queue, "waiting": count, "oldest_at": oldest} for queue, count, oldest in session.execute(waiting)
        ],
    )


def check_rows() -> list[dict[str, Any]]:
    """Every part of the installation."""
    found = checks.run(transactions.installation())
    return [{"name": one.part, "health": one.health.value, "words": one.sentence} for one in found]


def job_rows(session: Session) -> list[dict[str, Any]]:
    """Jobs that run, and those that failed for good."""
    rows = select(Job).where(Job.state.in_([JobState.RUNNING, JobState.FAILED])).order_by(Job.id.desc()).limit(30)
    return [
        {
            "kind": job.kind,
            "state": job.state,
            "done": job.done,
            "total": job.total,
            "words": job.error or _("attempt %(number)s", number=job.attempts),
            "at": job.finished_at or job.created_at,
        }
        for job in session.scalars(rows)
    ]
