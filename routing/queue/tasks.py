"""What the worker runs for the queue: held answers are let go, promises watched, lessons given to the router."""

from datetime import timedelta
from typing import Any

from routing.queue import watch
from routing.queue.hold import JOB, release
from routing.queue.lessons import TRAIN, train
from vault.base import jobs
from vault.base.jobs import Queue

__all__ = ["JOB", "TRAIN", "WATCH", "release", "train", "watch_promises"]

WATCH = "queue.watch"


@jobs.handler(WATCH, queue=Queue.SWEEP, every=timedelta(seconds=60))
def watch_promises(context: jobs.Context) -> dict[str, Any]:
    """Warn of what is due soon and tell of what is late, a batch a transaction."""
    counts = {"warned": 0, "escalated": 0}
    for name, act in (("warned", watch.warn), ("escalated", watch.escalate)):
        while True:
            with context.transaction() as session:
                count = act(session)
            counts[name] += count
            if count < watch.BATCH:
                break
    return counts
