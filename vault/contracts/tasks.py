"""What a worker does about contracts: by the calendar they begin and end, and with them their targets' limits."""

from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import select

from vault.base import jobs
from vault.base.scope import Scope
from vault.base.settings import Settings
from vault.contracts import queries, reminders, service, winding
from vault.contracts.models import Contract

CALENDAR = "contracts.calendar"


class Resources(Protocol):
    """What these jobs need of the installation."""

    @property
    def settings(self) -> Settings: ...


@jobs.handler("contracts.limits", queue=jobs.Queue.SLOW, every=timedelta(hours=1))
def limits(context: jobs.Context) -> dict[str, Any]:
    """Bring each area's targets to the contracts that hold today, one area a transaction."""
    with context.transaction() as session:
        areas = session.scalars(select(Contract.facility_id).distinct()).all()
    for area in areas:
        with context.transaction() as session:
            service.limit_targets(session, Scope.system(area))
    return {"areas": len(areas)}


@jobs.handler(CALENDAR, queue=jobs.Queue.SLOW, every=timedelta(hours=1))
def calendar(context: jobs.Context) -> dict[str, int]:
    """Ask in time what is to follow contracts that end, and wind down areas whose last one is over; one by one."""
    resources: Resources = context.resources
    told = begun = 0
    with context.transaction() as session:
        areas = session.scalars(select(Contract.facility_id).distinct()).all()
    for area in areas:
        scope = Scope.system(area)
        with context.transaction() as session:
            today = queries.today(session, scope)
            told += reminders.give(session, scope, today)
            begun += winding.follow(session, scope, today, resources.settings.retention.fetch_days) is not None
    return {"reminded": told, "winding_down": begun}
