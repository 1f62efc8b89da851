"""What the worker does for the store: garbage is collected."""

from datetime import timedelta
from typing import Any, Protocol

from vault.base import jobs
from vault.base.jobs import Context, Queue
from vault.base.settings import Retention, Settings
from vault.store.collecting import collect
from vault.store.garbage import Hands
from vault.store.store import Store

COLLECT = "store.collect"


class Resources(Protocol):
    """What these jobs need of the installation."""

    @property
    def store(self) -> Store: ...

    @property
    def settings(self) -> Settings: ...


def hands_of(context: Context) -> Hands:
    """What a job works with: its transactions count only while it holds its lease."""
    resources: Resources = context.resources
    policy = resources.settings.retention
    return Hands(resources.store, context.database.read, context.transaction, **waits(policy))


def waits(policy: Retention) -> dict[str, Any]:
    """How long garbage waits by the settings."""
    return {
        "wait": timedelta(hours=policy.condemned_hours),
        "adopted_wait": timedelta(days=max(1, policy.grace_days)),
    }


@jobs.handler(COLLECT, queue=Queue.SLOW, every=timedelta(hours=6))
def collect_garbage(context: Context) -> dict[str, int]:
    """One round over every area."""
    return vars(collect(hands_of(context), context.progress))
