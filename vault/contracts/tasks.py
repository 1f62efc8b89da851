"""What a worker does about contracts: by the calendar they begin and end, and with them their targets' limits."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from vault.base import jobs
from vault.base.scope import Scope
from vault.contracts import service
from vault.contracts.models import Contract


@jobs.handler("contracts.limits", queue=jobs.Queue.SLOW, every=timedelta(hours=1))
def limits(context: jobs.Context) -> dict[str, Any]:
    """Bring each area's targets to the contracts that hold today, one area a transaction."""
    with context.transaction() as session:
        areas = session.scalars(select(Contract.facility_id).distinct()).all()
    for area in areas:
        with context.transaction() as session:
            service.limit_targets(session, Scope.system(area))
    return {"areas": len(areas)}
