"""`GET /contracts` and `/contracts/{id}.pdf`: what the facility has agreed."""

from flask.typing import ResponseReturnValue

from portal import languages, printed, transactions
from portal.api.v1.base import bp
from portal.guards import requires
from portal.scope import current
from vault.base.scope import Role
from vault.contracts import papers, queries


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


@bp.get("/contracts/<contract_id>.pdf")
@requires(Role.FACILITY_ADMIN)
def contract_pdf(contract_id: str) -> ResponseReturnValue:
    """What both sides agreed to, with their signatures; `?language=` is `ja` or `en` where both were agreed in."""
    return printed.agreement(papers.one(transactions.session(), current(), contract_id, languages.current()))
