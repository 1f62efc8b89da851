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
    """The latest start first; terms as they were agreed."""
    found = queries.of_facility(transactions.session(), current())
    items = [{"id": one.id, "state": one.state, **one.terms.values(), "digest": one.digest} for one in found]
    return {"items": items, "next": None}
