"""A contract that ends asks in time: its facility's administrators are told, unless what follows is agreed already."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from vault.base.scope import Scope
from vault.contracts import acts, queries
from vault.contracts.acts import Party
from vault.contracts.models import Contract
from vault.contracts.renewal import reminder_due


def give(session: Session, scope: Scope, today: date) -> int:
    """Give the reminders of the area that are due on that day, each once; returns how many."""
    contracts = queries.ahead(session, scope)
    count = 0
    for one in contracts:
        due = reminder_due(one.start, one.ends_on, today, one.reminded)
        if due is None or followed(one, contracts):
            continue
        one.reminded = due
        acts.tell(session, scope, Party.FACILITY, one.id, "ends", target=one.terms.target, on=one.ends_on)
        acts.add(session, scope, one.id, "reminded", day=one.ends_on)
        count += 1
    return count


def followed(contract: Contract, contracts: list[Contract]) -> bool:
    """Whether another of `contracts` takes up its target where it ends."""
    if contract.ends_on is None:
        return False
    eve = contract.ends_on + timedelta(days=1)
    return any(one.target_id == contract.target_id and one.start == eve for one in contracts)
