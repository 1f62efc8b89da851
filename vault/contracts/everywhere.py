"""Contracts of all areas, for the provider's administrator: what waits for a signature, what runs out, what runs."""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from vault.base import clock, paging
from vault.base.paging import Page
from vault.base.scope import Role, Scope
from vault.contracts.acts import Party
from vault.contracts.models import Contract, ContractAct, Offer, OfferState, WindDown
from vault.contracts.renewal import REMINDERS

ENDS_WITHIN = timedelta(days=max(REMINDERS))


class View(StrEnum):
    """What of the contracts is asked for; `ENDS`: within 60 days, by their last day as it is agreed today."""

    ENDS = "ends"
    RUNNING = "running"
    ALL = "all"


def listed(
    session: Session, scope: Scope, view: View, *, after: str | None = None, limit: int = paging.LIMIT
) -> Page[Contract]:
    """The contracts of that view, the latest agreed first."""
    scope.require(Role.ADMIN, Role.BILLING)
    statement = select(Contract).where(_in(view))
    return paging.rows(session, statement, Contract.agreed_at, Contract.id, after=after, limit=limit)


def beside(session: Session, scope: Scope, found: list[Contract]) -> dict[str, list[Contract]]:
    """Every contract of the areas that `found` are of, by area: from these is seen what follows each."""
    scope.require(Role.ADMIN, Role.BILLING)
    areas: dict[str, list[Contract]] = {one.facility_id: [] for one in found}
    for one in session.scalars(select(Contract).where(Contract.facility_id.in_(areas))):
        areas[one.facility_id].append(one)
    return areas


def ends_of_areas(session: Session, scope: Scope, areas: Collection[str]) -> dict[str, WindDown]:
    """Which of these areas are being wound down, and since when."""
    scope.require(Role.ADMIN, Role.BILLING)
    going = select(WindDown).where(WindDown.facility_id.in_(areas), WindDown.stopped_at.is_(None))
    return {one.facility_id: one for one in session.scalars(going)}


def counts(session: Session, scope: Scope) -> dict[str, int]:
    """How many contracts each view has."""
    scope.require(Role.ADMIN, Role.BILLING)
    return {
        view.value: session.scalar(select(func.count()).select_from(Contract).where(_in(view))) or 0 for view in View
    }


def to_sign(session: Session, scope: Scope) -> list[tuple[Offer, set[Party]]]:
    """The offers that wait, the oldest first, with who signed each."""
    scope.require(Role.ADMIN)
    waiting = list(session.scalars(select(Offer).where(Offer.state == OfferState.OFFERED).order_by(Offer.id)))
    signed: dict[str, set[Party]] = {one.id: set() for one in waiting}
    done = select(ContractAct.contract_id, ContractAct.side).where(
        ContractAct.contract_id.in_(signed), ContractAct.what == "signed"
    )
    for contract_id, side in session.execute(done):
        signed[contract_id].add(Party(side))
    return [(one, signed[one.id]) for one in waiting]


def count_to_sign(session: Session) -> int:
    """How many offers wait for the provider's signature."""
    signed = select(ContractAct.id).where(
        ContractAct.contract_id == Offer.id, ContractAct.what == "signed", ContractAct.side == Party.PROVIDER.value
    )
    waiting = select(func.count()).select_from(Offer).where(Offer.state == OfferState.OFFERED, ~signed.exists())
    return session.scalar(waiting) or 0


def _in(view: View) -> ColumnElement[bool]:
    today = clock.now().date()
    running = and_(Contract.start <= today, or_(Contract.ends_on.is_(None), Contract.ends_on >= today))
    match view:
        case View.RUNNING:
            return running
        case View.ENDS:
            return _ends(today)
        case View.ALL:
            return Contract.id.is_not(None)


def _ends(today: date) -> ColumnElement[bool]:
    return and_(Contract.ends_on >= today, Contract.ends_on <= today + ENDS_WITHIN)
