"""`GET /me`: who is calling."""

from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal import transactions
from portal.api.v1.base import bp
from portal.guards import EVERYONE, requires
from portal.scope import current
from routing.departments import queries as departments
from vault.tenancy.models import Facility


@bp.get("/me")
@requires(EVERYONE)
def me() -> ResponseReturnValue:
    """The caller's login and role, the facility's code or the departments' codes."""
    scope, session = current(), transactions.session()
    found: dict[str, object] = {"login": scope.login, "role": scope.role.value}
    if scope.facility_id is not None:
        found["facility"] = session.scalar(select(Facility.code).where(Facility.id == scope.facility_id))
    if scope.departments:
        known = departments.every(session)
        found["departments"] = sorted(known[id_].code for id_ in scope.departments)
    return found
