"""What a worker does about contracts: they begin and end by the calendar; what was agreed is printed and kept."""

from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import select

from vault.base import jobs
from vault.base.errors import Unavailable
from vault.base.scope import Scope
from vault.base.settings import Settings
from vault.contracts import papers, queries, reminders, service, winding
from vault.contracts.models import Contract

CALENDAR = "contracts.calendar"
PRINT = "contracts.print"
AT_A_TIME = 50
"""Papers that one job prints, so that no other slow work waits long for it."""


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


@jobs.handler(PRINT, queue=jobs.Queue.SLOW, every=timedelta(hours=1))
def print_papers(context: jobs.Context) -> dict[str, Any]:
    """
    Print what was agreed and is not on paper yet, one contract after the other, each kept in a transaction of its own.

    Where this installation cannot print (no font, no Pango) they wait for the hour in which it can.
    """
    resources: Resources = context.resources
    with context.database.read() as session:
        waiting = papers.waiting(session)
    for done, (area, contract_id) in enumerate(waiting[:AT_A_TIME]):
        scope = Scope.system(area)
        with context.database.read() as session:
            sheets = papers.sheets(session, scope, contract_id)
        try:
            made = [papers.printed(sheet, resources.settings.billing.font) for sheet in sheets]
        except Unavailable as problem:
            return {"printed": done, "waiting": len(waiting) - done, "why": problem.reason}
        with context.transaction() as session:
            papers.keep(session, scope, contract_id, made)
    left = max(0, len(waiting) - AT_A_TIME)
    if left:
        with context.transaction() as session:
            jobs.add(session, PRINT, key=PRINT)
    return {"printed": len(waiting) - left, "waiting": left}
