"""What the worker runs: a sweep every minute, and one at once for what is urgent."""

from datetime import timedelta
from typing import Any

from routing.sweep import loading, service
from vault.base import jobs
from vault.base.jobs import Queue

JOB = "sweep.run"
EVERY = timedelta(seconds=60)


@jobs.handler(JOB, queue=Queue.SWEEP, every=EVERY)
def run(context: jobs.Context) -> dict[str, Any]:
    """One sweep of all areas; running it twice, or two at once, routes nothing twice."""
    return service.sweep(context.database, loading.current, progress=context.progress).as_data()


def sweep_every(interval: timedelta) -> None:
    """Let the periodic sweep run at the interval of the settings; called before the worker starts."""
    jobs.handler(JOB, queue=Queue.SWEEP, every=interval)(run)
