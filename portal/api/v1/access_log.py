"""`GET /access-log`: who looked into the area, for its administrator."""

from typing import Any

from flask.typing import ResponseReturnValue

from portal import transactions
from portal.api.v1.base import ListQuery, bp, listed, rfc3339
from portal.guards import requires
from portal.scope import current
from vault.base.access_log import looks
from vault.base.scope import Role


@bp.get("/access-log")
@requires(Role.FACILITY_ADMIN)
@bp.input(ListQuery, location="query", arg_name="query")
def access_log(query: ListQuery) -> ResponseReturnValue:
    """Newest first; `why` is there for anyone outside the facility."""
    page = looks(transactions.session(), current(), after=query.after, limit=query.limit)
    items: list[dict[str, Any]] = [
        {
            "at": rfc3339(look.at),
            "who": look.who,
            "side": look.side,
            "what": look.what,
            "why": look.why,
            "items": look.items,
        }
        for look in page.items
    ]
    return listed(page, items)
