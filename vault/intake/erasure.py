"""Erasing a whole area, as it is ordered: by the provider's administrator, with a reason, until it begins."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import Conflict, NotFound
from vault.base.scope import Role, Scope, get_for, scoped
from vault.base.settings import Retention
from vault.contracts import queries as contracts
from vault.intake.models import Erasure
from vault.tenancy import holds


def order(session: Session, scope: Scope, policy: Retention, reason: str) -> Erasure:
    """
    Order that the area the administrator's scope is narrowed to be erased once `erasure_days` have gone by.

    Raises Conflict: `held` where a hold is on anything of it, `contract_runs` while one does, `erasure_ordered` where
    that was done before; Invalid without a reason.
    """
    scope.require(Role.ADMIN, Role.SYSTEM)
    require_erasable(session, scope.area)
    if any(one.cancelled_at is None for one in of_area(session, scope)):
        raise Conflict("erasure_ordered")
    now = clock.now()
    ordered = Erasure(
        facility_id=scope.area,
        reason=holds.checked_reason(reason),
        ordered_at=now,
        ordered_by=scope.login,
        due_at=now + timedelta(days=policy.erasure_days),
    )
    session.add(ordered)
    session.flush()
    audit.record(session, scope, "erasure.ordered", why=ordered.reason, items=[f"erasure:{ordered.id}"])
    return ordered


def call_off(session: Session, scope: Scope, erasure_id: str, reason: str) -> Erasure:
    """Call an erasure off, with the reason; Conflict (`erasure_begun`, `erasure_called_off`) where that is too late."""
    scope.require(Role.ADMIN, Role.SYSTEM)
    found = get_for(session, scope, Erasure, erasure_id, lock=True)
    if found.began_at is not None:
        raise Conflict("erasure_begun")
    if found.cancelled_at is not None:
        raise Conflict("erasure_called_off")
    found.cancelled_at, found.cancelled_by = clock.now(), scope.login
    found.cancel_reason = holds.checked_reason(reason)
    session.flush()
    audit.record(session, scope, "erasure.called_off", why=found.cancel_reason, items=[f"erasure:{found.id}"])
    return found


def require_erasable(session: Session, facility_id: str) -> None:
    """Raise Conflict (`held`, `contract_runs`) where a hold or a contract, also one to come, stands against it."""
    holds.require_no_hold(holds.on_anything(session, facility_id))
    if contracts.ahead(session, Scope.system(facility_id)):
        raise Conflict("contract_runs")


def of_area(session: Session, scope: Scope) -> Sequence[Erasure]:
    """Every erasure that was ever ordered of the scope's area, the newest first."""
    statement = scoped(select(Erasure), scope, Erasure)
    return session.scalars(statement.order_by(Erasure.ordered_at.desc(), Erasure.id.desc())).all()


def certificate(session: Session, scope: Scope) -> str:
    """The signed certificate that the scope's area was erased, canonical JSON; NotFound before that."""
    statement = scoped(select(Erasure.certificate), scope, Erasure).where(Erasure.certificate.is_not(None))
    found = session.scalar(statement)
    if found is None:
        raise NotFound("certificate")
    return found


def due(session: Session) -> Sequence[str]:
    """Ids of the erasures whose time has come, or that were begun and not finished."""
    waiting = select(Erasure.id).where(
        Erasure.cancelled_at.is_(None), Erasure.erased_at.is_(None), Erasure.due_at <= clock.now()
    )
    return session.scalars(waiting.order_by(Erasure.due_at)).all()
