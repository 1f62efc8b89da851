"""What is done to a contract that runs: ended with a term, suspended by the provider, resumed."""

from datetime import date

from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.scope import Role, Scope, get_for
from vault.contracts import acts, queries, renewal
from vault.contracts import service as agreements
from vault.contracts.acts import Party
from vault.contracts.lifecycle import Move, moved
from vault.contracts.models import Contract
from vault.tenancy import holds


def last_day(contract: Contract, today: date) -> date:
    """The day with which the contract ends if it is ended today: the last one of the term that runs."""
    return renewal.last_of_term(contract.terms, today)


def end(session: Session, scope: Scope, contract_id: str, *, address: str = "") -> Contract:
    """End a contract with the term that runs; IllegalMove where it ends no later by itself."""
    side = acts.party(scope)
    found = _moved(session, scope, contract_id, Move.END)
    ended = agreements.end(session, scope, found.id, last_day(found, queries.today(session, scope)))
    acts.add(session, scope, found.id, "ended", address=address, day=ended.ends_on)
    acts.tell(session, scope, acts.other(side), found.id, "ended", target=found.terms.target, on=ended.ends_on)
    return ended


def suspend(session: Session, scope: Scope, contract_id: str, reason: str, *, address: str = "") -> Contract:
    """Let a contract rest, with a reason: its devices have no plan until it is resumed; its days are billed."""
    scope.require(Role.ADMIN)
    found = _moved(session, scope, contract_id, Move.SUSPEND)
    found.suspended_at = clock.now()
    acts.add(session, scope, found.id, "suspended", address=address, why=holds.checked_reason(reason))
    acts.tell(session, scope, Party.FACILITY, found.id, "suspended", target=found.terms.target)
    return found


def resume(session: Session, scope: Scope, contract_id: str, *, address: str = "") -> Contract:
    """Let a suspended contract go on."""
    scope.require(Role.ADMIN)
    found = _moved(session, scope, contract_id, Move.RESUME)
    found.suspended_at = None
    acts.add(session, scope, found.id, "resumed", address=address)
    acts.tell(session, scope, Party.FACILITY, found.id, "resumed", target=found.terms.target)
    return found


def _moved(session: Session, scope: Scope, contract_id: str, move: Move) -> Contract:
    found = get_for(session, scope, Contract, contract_id, lock=True)
    moved(queries.standing(session, scope, found), move)
    return found
