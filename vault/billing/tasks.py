"""What a worker does for billing: a month that somebody closes by the button."""

from typing import Any

from vault.base import jobs
from vault.base.scope import Scope
from vault.billing import closing
from vault.billing.months import Month

CLOSE = "billing.close_month"


@jobs.handler(CLOSE, queue=jobs.Queue.SLOW)
def close_month(context: jobs.Context) -> dict[str, Any]:
    """Close `month` in the name of whoever pressed the button; the month's own rows keep it from being done twice."""
    month = Month.parse(context.args["month"])
    settings = context.resources.settings
    return closing.close(context.database, Scope.system(), settings, month, told=context.progress)
