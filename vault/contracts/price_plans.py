"""The provider's plan in versions: each is set once and stays; what is agreed keeps the version it was agreed on."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import Conflict
from vault.base.scope import Role, Scope
from vault.contracts.models import PricePlan
from vault.contracts.prices import Prices


def current(session: Session) -> PricePlan | None:
    """The version that is offered now; None while none was ever set."""
    return session.scalar(select(PricePlan).order_by(PricePlan.number.desc()).limit(1))


def offered(session: Session) -> PricePlan:
    """As `current`; Conflict (`no_plan`) where there is none."""
    found = current(session)
    if found is None:
        raise Conflict("no_plan")
    return found


def history(session: Session) -> Sequence[PricePlan]:
    """Every version, the newest first."""
    return session.scalars(select(PricePlan).order_by(PricePlan.number.desc())).all()


def set_prices(session: Session, scope: Scope, prices: Prices) -> PricePlan:
    """Offer these prices from now on, as the next version; the same as now make none."""
    scope.require(Role.ADMIN, Role.SYSTEM)
    before = session.scalar(select(PricePlan).order_by(PricePlan.number.desc()).limit(1).with_for_update())
    if before is not None and before.prices == prices:
        return before
    made = PricePlan(
        number=1 if before is None else before.number + 1,
        values=prices.values(),
        set_at=clock.now(),
        set_by=scope.login,
    )
    session.add(made)
    session.flush()
    audit.record(session, scope, "plan.set", items=[f"plan:{made.number}"])
    return made
