"""What follows the end of an area's last contract: its erasure is ordered, and called off where a new one came."""

from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.errors import Conflict
from vault.base.scope import Scope
from vault.base.settings import Retention
from vault.contracts import acts, winding
from vault.contracts.acts import Party
from vault.contracts.models import WindDown
from vault.intake import erasure

REASON = "契約の終了 / The last contract has ended"
NO_MORE = "新しい契約 / A new contract was agreed"


def order(session: Session, policy: Retention) -> int:
    """Order the erasures that are due; one that a hold or a contract stands against is tried again later."""
    return sum(_order(session, one, policy) for one in winding.due(session))


def call_off(session: Session) -> int:
    """Call off what was ordered for an area that has a contract again, as long as it has not begun."""
    count = 0
    for one in winding.stopped_after_order(session):
        scope = Scope.system(one.facility_id)
        for ordered in erasure.of_area(session, scope):
            if ordered.reason == REASON and ordered.cancelled_at is None and ordered.began_at is None:
                erasure.call_off(session, scope, ordered.id, NO_MORE)
                count += 1
    return count


def _order(session: Session, running: WindDown, policy: Retention) -> bool:
    scope = Scope.system(running.facility_id)
    try:
        ordered = erasure.order(session, scope, policy, REASON)
    except Conflict as refused:
        if refused.reason != "erasure_ordered":
            return False
        ordered = next(one for one in erasure.of_area(session, scope) if one.cancelled_at is None)
    running.ordered_at = clock.now()
    for side in (Party.FACILITY, Party.PROVIDER):
        acts.tell(session, scope, side, running.contract_id, "erasure", target="", on=ordered.due_at.date())
    return True
