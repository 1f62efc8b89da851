"""Contracts that are agreed enter here, and end; a contract's capacity limits its target while it holds."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock, ids
from vault.base.errors import Conflict, IllegalMove, Invalid
from vault.base.scope import Role, Scope, get_for, scoped
from vault.contracts import queries
from vault.contracts.models import Contract, ContractState
from vault.contracts.prices import ServiceClass
from vault.contracts.terms import Terms
from vault.tenancy import facilities
from vault.tenancy.models import Target


def agree_from_file(session: Session, scope: Scope, terms: Terms) -> bool:
    """
    Take a contract of the caller's area as agreed by both sides, keyed by target and start; True when it is new.

    The same terms again change nothing. Raises Conflict("agreed_terms") where other terms were agreed under that key,
    Invalid where the days overlap another contract of the target.
    """
    scope.require(Role.ADMIN, Role.SYSTEM)
    target = facilities.ensure_target(session, scope, terms.target)
    others = of_target(session, scope, target.id)
    if not check_fits(others, terms):
        return False
    add(session, scope, target, terms)
    return True


def add(
    session: Session,
    scope: Scope,
    target: Target,
    terms: Terms,
    *,
    id_: str = "",
    plan: dict[str, Any] | None = None,
    replaces: str | None = None,
) -> Contract:
    """The contract that both sides agreed to; from its first day on it limits its target."""
    contract = Contract(
        id=id_ or ids.new(),
        facility_id=scope.area,
        target_id=target.id,
        state=ContractState.AGREED.value,
        start=terms.start,
        ends_on=terms.end,
        agreed_terms=terms.values(),
        digest=terms.digest,
        agreed_at=clock.now(),
        plan=plan,
        replaces=replaces,
    )
    session.add(contract)
    session.flush()
    limit_target(session, scope, target)
    extend_area(session, scope)
    audit.record(session, scope, "contract.agreed", items=[f"contract:{contract.id}"])
    return contract


def check_fits(others: list[Contract], terms: Terms) -> bool:
    """False where `terms` are already agreed; raises as agree_from_file does where they cannot join `others`."""
    for other in others:
        if other.start == terms.start:
            if other.digest == terms.digest:
                return False
            raise Conflict("agreed_terms", target=terms.target, start=terms.start.isoformat())
    check_free(others, terms)
    return True


def check_free(others: list[Contract], terms: Terms) -> None:
    """Raise Invalid where the days of `terms` overlap another contract of the target, naming its first day."""
    named = {"target": terms.target, "start": terms.start.isoformat()}
    for other in others:
        if _overlap(other.start, other.ends_on, terms.start, terms.end):
            raise Invalid("overlapping_terms", field="start", **named, other=other.start.isoformat())


def end(session: Session, scope: Scope, contract_id: str, last: date) -> Contract:
    """End a contract with the day `last`, not past and before its own end; IllegalMove where that is too late."""
    scope.require(Role.FACILITY_ADMIN, Role.ADMIN, Role.SYSTEM)
    contract = get_for(session, scope, Contract, contract_id, lock=True)
    if last < contract.start:
        raise Invalid("end_before_start", field="last", start=contract.start.isoformat())
    if last < queries.today(session, scope):
        raise Invalid("past_day", field="last")
    if contract.ends_on is not None and last >= contract.ends_on:
        raise IllegalMove("contract_ends_before", ends_on=contract.ends_on.isoformat())
    contract.ends_on, contract.state, contract.ended_at = last, ContractState.ENDED.value, clock.now()
    session.flush()
    audit.record(session, scope, "contract.ended", items=[f"contract:{contract.id}"])
    return contract


def limit_target(session: Session, scope: Scope, target: Target) -> None:
    """Let the target fill what the contract that holds today says; without one, the area's limit alone counts."""
    on = queries.today(session, scope)
    holding = [contract for contract in of_target(session, scope, target.id) if contract.holds_on(on)]
    capacity = holding[0].terms.capacity if holding else None
    if capacity != target.capacity:
        facilities.limit_target(session, target, capacity)


def limit_targets(session: Session, scope: Scope) -> None:
    """Bring every target of the caller's area to the contract of today: contracts begin and end by the calendar."""
    for target in session.scalars(scoped(select(Target), scope, Target)):
        limit_target(session, scope, target)
    extend_area(session, scope)


def extend_area(session: Session, scope: Scope) -> None:
    """
    Give the area what the contracts of today promise: room for all their capacities, and Deluxe where one is that.

    It never becomes smaller by this, and an area whose contracts all came by a file stays as the file says.
    """
    found = promised(session, scope)
    if found is None:
        return
    facility = facilities.of(session, scope)
    capacity = max(facility.capacity, found.capacity)
    system = Scope.system(scope.area)
    facilities.change(session, system, facility, capacity=capacity, service_class=found.service_class)


@dataclass(frozen=True)
class Promise:
    """What the contracts of an area promise together: so many bytes at least, and the class."""

    capacity: int
    service_class: ServiceClass


def promised(session: Session, scope: Scope) -> Promise | None:
    """What the contracts of today that were agreed on the web promise; None where there are none."""
    agreed = [one for one in queries.active(session, scope) if one.plan is not None]
    if not agreed:
        return None
    classes = {one.plan["class"] for one in agreed if one.plan is not None}
    room = sum(one.terms.capacity or 0 for one in agreed)
    return Promise(room, ServiceClass.DELUXE if ServiceClass.DELUXE in classes else ServiceClass.ECONOMY)


def of_target(session: Session, scope: Scope, target_id: str) -> list[Contract]:
    """Every contract of that target, the earliest first."""
    mine = scoped(select(Contract), scope, Contract).where(Contract.target_id == target_id)
    return list(session.scalars(mine.order_by(Contract.start)))


def _overlap(one: date, one_end: date | None, two: date, two_end: date | None) -> bool:
    far = date.max - timedelta(days=1)
    return one <= (two_end or far) and two <= (one_end or far)
