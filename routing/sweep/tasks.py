"""What the worker runs: a sweep every minute, and one at once for what is urgent."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from routing.router.queries import load_router
from routing.router.router import Router
from routing.sweep import service
from vault.base import jobs
from vault.base.jobs import Queue

JOB = "sweep.run"
EVERY = timedelta(seconds=60)


@jobs.handler(JOB, queue=Queue.SWEEP, every=EVERY)
def run(context: jobs.Context) -> dict[str, Any]:
    """One sweep of all areas; running it twice, or two at once, routes nothing twice."""

    def router(session: Session) -> Router:
        return load_router(session, context.resources.settings)

    return service.sweep(context.database, router, progress=context.progress).as_data()


def sweep_every(interval: timedelta) -> None:
    """Let the periodic sweep run at the interval of the settings; called before the worker starts."""
    jobs.handler(JOB, queue=Queue.SWEEP, every=interval)(run)
