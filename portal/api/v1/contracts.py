"""`GET /contracts`: what the facility has agreed."""

from flask.typing import ResponseReturnValue

from portal import transactions
from portal.api.v1.base import bp
from portal.guards import requires
from portal.scope import current
from vault.base.scope import Role
from vault.contracts import queries


@bp.get("/contracts")
@requires(Role.FACILITY_ADMIN)
def contracts() -> ResponseReturnValue:
    """The latest start first; terms as they were agreed, how each stands today, its last day as it is agreed now."""
    session, scope = transactions.session(), current()
    items = [
        {
            "id": one.id,
            "state": queries.standing(session, scope, one).value,
            "ends_on": None if one.ends_on is None else one.ends_on.isoformat(),
            **one.terms.values(),
            "digest": one.digest,
        }
        for one in queries.of_facility(session, scope)
    ]
    return {"items": items, "next": None}
