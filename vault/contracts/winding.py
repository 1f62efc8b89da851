"""The end of an area after its last contract: read only for a while, to be erased then, unless a new one is agreed."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.scope import Scope, scoped
from vault.contracts import acts
from vault.contracts.acts import Party
from vault.contracts.models import Contract, WindDown
from vault.tenancy import capacity


def follow(session: Session, scope: Scope, today: date, fetch_days: int) -> WindDown | None:
    """
    Begin to wind the area down where its last contract is over and was agreed on the web; the one begun, if any.

    Contracts that came by a file are history and wind nothing down, and an area works without any contract.
    """
    contracts = list(session.scalars(scoped(select(Contract), scope, Contract)))
    if any(one.ends_on is None or one.ends_on >= today for one in contracts) or under_way(session, scope):
        return None
    last = max(contracts, key=lambda one: (one.ends_on or date.max, one.id), default=None)
    if last is None or last.plan is None or _of(session, scope, last.id) is not None:
        return None
    until = today + timedelta(days=fetch_days)
    begun = WindDown(facility_id=scope.area, contract_id=last.id, began_at=clock.now(), until=until)
    session.add(begun)
    session.flush()
    capacity.set_read_only(session, scope.area, True)
    acts.add(session, scope, last.id, "wound-down", day=until)
    for side in (Party.FACILITY, Party.PROVIDER):
        acts.tell(session, scope, side, last.id, "wound-down", target=last.terms.target, on=until)
    return begun


def stop(session: Session, scope: Scope) -> None:
    """A contract was agreed: the area goes on, and can be written again."""
    running = under_way(session, scope)
    if running is None:
        return
    running.stopped_at = clock.now()
    session.flush()
    capacity.set_read_only(session, scope.area, False)
    acts.add(session, scope, running.contract_id, "reopened")


def under_way(session: Session, scope: Scope) -> WindDown | None:
    """The wind-down of the scope's area that was not stopped."""
    mine = scoped(select(WindDown), scope, WindDown).where(WindDown.stopped_at.is_(None))
    return session.scalar(mine.order_by(WindDown.id.desc()).limit(1))


def due(session: Session) -> Sequence[WindDown]:
    """Those whose time to fetch is over and whose erasure is yet to be ordered, of all areas; for a job."""
    over = select(WindDown).where(
        WindDown.stopped_at.is_(None), WindDown.ordered_at.is_(None), WindDown.until < clock.now().date()
    )
    return session.scalars(over.order_by(WindDown.id)).all()


def stopped_after_order(session: Session) -> Sequence[WindDown]:
    """Those that were stopped when the erasure had been ordered already, of all areas; for a job."""
    late = select(WindDown).where(WindDown.stopped_at.is_not(None), WindDown.ordered_at.is_not(None))
    return session.scalars(late.order_by(WindDown.id)).all()


def wound_down(session: Session, scope: Scope) -> set[str]:
    """Ids of the contracts with which the area came to its end."""
    mine = scoped(select(WindDown.contract_id), scope, WindDown)
    return set(session.scalars(mine.where(WindDown.stopped_at.is_(None))))


def _of(session: Session, scope: Scope, contract_id: str) -> WindDown | None:
    return session.scalar(scoped(select(WindDown), scope, WindDown).where(WindDown.contract_id == contract_id))
