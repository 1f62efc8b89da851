"""The ledger to take away, as CSV."""

from collections.abc import Iterator

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.guards import own_transactions, requires
from portal.pages.billing.base import CLERKS, bp
from portal.scope import current
from vault.base.database import Database
from vault.base.scope import Scope
from vault.billing import exports
from vault.billing.months import Month


@bp.get("/ledger.csv")
@requires(CLERKS)
@own_transactions
def ledger_csv() -> ResponseReturnValue:
    """Every entry, or those of `?month=YYYY-MM`; sent while it is read."""
    named = request.args.get("month", "")
    month = Month.parse(named) if named else None
    name = f'attachment; filename="ledger{f"-{month}" if month else ""}.csv"'
    lines = _lines(transactions.database(), current(), month)
    return Response(lines, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


def _lines(database: Database, scope: Scope, month: Month | None) -> Iterator[str]:
    with database.read() as session:
        yield from exports.ledger_csv(session, scope, month)
