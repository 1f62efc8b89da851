"""What the worker runs for requests: those picked up seven days ago close by themselves."""

from datetime import timedelta
from typing import Any

from routing.requests import service
from vault.base import jobs
from vault.base.jobs import Queue


@jobs.handler("requests.close", queue=Queue.SLOW, every=timedelta(hours=1))
def close(context: jobs.Context) -> dict[str, Any]:
    """Close what was picked up seven days ago, a batch a transaction."""
    closed = 0
    while True:
        with context.transaction() as session:
            count = service.close_forgotten(session)
        closed += count
        if count < service.CLOSED_PER_RUN:
            return {"closed": closed}
