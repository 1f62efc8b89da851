"""What the worker does for copies: orders what falls due, removes what is over, makes one set after the other."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from vault.base import jobs
from vault.base.jobs import Context, Queue
from vault.base.scope import Scope
from vault.contracts.models import Contract
from vault.intake import erasing
from vault.intake.tasks import Resources
from vault.media import making, removing, service
from vault.media.making import Workplace
from vault.media.models import MediaSet, SetState

KEEP = "media.keep"
STEP = 64 * 2**20
erasing.waits_for(removing.lies_here)


@jobs.handler(KEEP, queue=Queue.SLOW, every=timedelta(hours=1))
def keep(context: Context) -> dict[str, int]:
    """Remove, order, and have made what is not made yet: also what had to wait."""
    resources: Resources = context.resources
    settings = resources.settings
    removed = removing.remove_due(context.database.read, context.transaction, settings.media_folder)
    with context.database.read() as session:
        areas = session.scalars(select(Contract.facility_id).distinct()).all()
    ordered = 0
    for area in areas:
        with context.transaction() as session:
            ordered += service.order_due(session, Scope.system(area), settings.media)
    with context.transaction() as session:
        waiting = select(MediaSet).where(MediaSet.state.in_([SetState.ORDERED.value, SetState.MAKING.value]))
        for row in session.scalars(waiting.order_by(MediaSet.id)):
            service.begin(session, row)
    return {"removed": removed, "ordered": ordered}


@jobs.handler(service.MAKE, queue=Queue.SLOW)
def make(context: Context) -> dict[str, bool]:
    """One set."""
    scope = Scope.system(context.args["facility_id"])
    return {"made": making.make(workplace(context), scope, context.args["set_id"])}


def workplace(context: Context) -> Workplace:
    """What a set is made with, in this installation."""
    resources: Resources = context.resources
    settings = resources.settings
    return Workplace(
        resources.store,
        resources.signing,
        context.database.read,
        context.transaction,
        settings.media_folder,
        timedelta(days=settings.media.keep_days),
        _seldom(context),
    )


def _seldom(context: Context) -> Callable[[int, int], None]:
    """Progress is a transaction: one for every so many bytes is enough to be seen, and to be cancelled."""
    last = 0

    def told(done: int, total: int) -> None:
        nonlocal last
        if done - last >= STEP:
            last = done
            context.progress(done, total)

    return told
