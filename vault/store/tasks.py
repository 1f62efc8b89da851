"""What the worker does for the store: garbage is collected, packs are copied, read through and healed."""

from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy.orm import Session

from vault.base import jobs
from vault.base.jobs import Context, Queue
from vault.base.settings import Retention, Settings
from vault.store import copying, healing, places, scrub
from vault.store.collecting import collect
from vault.store.garbage import Hands
from vault.store.store import Store

COLLECT = "store.collect"
COPY = "store.copy"
HEAL = "store.heal"
HEAL_OPEN = "store.heal_open"
SCRUB = "store.scrub"
SLICE = timedelta(minutes=1)
FASTER = 4
"""A slice reads at so many times the set rate and then rests, so that no worker is kept for all of it."""


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
    with context.database.read() as session:
        copies = resources.store.second is not None or places.has_second(session)
    return Hands(resources.store, context.database.read, context.transaction, copies=copies, **waits(policy))


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


@jobs.handler(COPY, queue=Queue.SLOW, every=SLICE)
def copy_packs(context: Context) -> dict[str, int]:
    """Every pack and key file without its second copy; copies of what is gone are deleted."""
    return vars(copying.copy_all(hands_of(context), context.progress))


@jobs.handler(SCRUB, queue=Queue.SLOW, every=SLICE)
def scrub_on(context: Context) -> dict[str, int]:
    """As much of the round as the set rate allows for until the next slice."""
    resources: Resources = context.resources
    policy = resources.settings.vault
    most = policy.scrub_rate * int(SLICE.total_seconds())
    budget = scrub.Budget(most=most, rate=FASTER * policy.scrub_rate)
    return vars(scrub.go_on(hands_of(context), budget, timedelta(days=policy.scrub_days)))


@jobs.handler(HEAL, queue=Queue.SLOW)
def heal(context: Context) -> dict[str, int]:
    """One pack of which something was found damaged."""
    healed = healing.heal(hands_of(context), context.args["facility_id"], context.args["pack"])
    return {"healed": healed.finds, "lost": len(healed.lost)}


@jobs.handler(HEAL_OPEN, queue=Queue.SLOW, every=timedelta(hours=6))
def heal_open(context: Context) -> dict[str, int]:
    """Everything that is still damaged, once more: the second copy may have come back."""
    healed = healing.heal_open(hands_of(context))
    return {"healed": healed.finds, "lost": len(healed.lost)}


def order_healing(session: Session, facility_id: str, pack: str) -> str:
    """Have a pack healed; asked twice before it begins, it is done once."""
    args = {"facility_id": facility_id, "pack": pack}
    return jobs.add(session, HEAL, args, key=f"heal:{pack}", facility_id=facility_id)
