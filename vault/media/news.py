"""What people are told of copies: that one is ready, and that one cannot be made for now."""

from sqlalchemy.orm import Session

from vault.base.scope import Scope, get_for
from vault.contracts.models import Contract
from vault.media.models import MediaSet
from vault.store.garbage import Transaction
from vault.tenancy import mailing

READY, WAITS = "media.ready", "media.waits"


def ready(session: Session, scope: Scope, row: MediaSet) -> None:
    """The facility fetches it, the provider burns it."""
    for audience in (f"facility-admin:{scope.area}", "role:admin"):
        mailing.tell(session, audience, READY, row.id, facility_id=scope.area, values=_values(session, scope, row))


def waits(transaction: Transaction, scope: Scope, set_id: str, problem: str) -> None:
    """The provider's administrators are told once of each problem."""
    with transaction() as session:
        row = get_for(session, scope, MediaSet, set_id, lock=True)
        if row.problem == problem:
            return
        row.problem = problem
        values = _values(session, scope, row) | {"problem": problem}
        mailing.tell(session, "role:admin", WAITS, row.id, facility_id=scope.area, values=values)


def _values(session: Session, scope: Scope, row: MediaSet) -> dict[str, object]:
    contract = get_for(session, scope, Contract, row.contract_id)
    return {"target": contract.terms.target, "on": row.due_on.isoformat(), "discs": row.discs}
