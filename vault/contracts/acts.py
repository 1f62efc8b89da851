"""What was done about a contract, kept for both sides: who, when, from which address, of which text."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import Denied
from vault.base.scope import Role, Scope, scoped
from vault.contracts.models import ContractAct
from vault.tenancy import mailing

NEWS = "contract.news"


class Party(StrEnum):
    """The two sides of a contract; `KURA` is the calendar."""

    FACILITY = "facility"
    PROVIDER = "provider"
    KURA = "system"


_PARTIES = {Role.FACILITY_ADMIN: Party.FACILITY, Role.ADMIN: Party.PROVIDER, Role.SYSTEM: Party.KURA}


def party(scope: Scope) -> Party:
    """For which side the caller acts; Denied for anyone who binds neither."""
    if scope.role not in _PARTIES:
        raise Denied(role=scope.role.value)
    return _PARTIES[scope.role]


def other(side: Party) -> Party:
    """The side opposite."""
    return Party.PROVIDER if side is Party.FACILITY else Party.FACILITY


def add(
    session: Session,
    scope: Scope,
    contract_id: str,
    what: str,
    *,
    address: str = "",
    text_digest: str | None = None,
    language: str | None = None,
    why: str | None = None,
    day: date | None = None,
) -> ContractAct:
    """Keep what the caller does; it enters the area's audit log, too."""
    made = ContractAct(
        facility_id=scope.area,
        contract_id=contract_id,
        at=clock.now(),
        what=what,
        side=party(scope).value,
        who=scope.login,
        name=scope.name,
        address=address[:64],
        text_digest=text_digest,
        language=language,
        why=why,
        day=day,
    )
    session.add(made)
    session.flush()
    audit.record(session, scope, f"contract.{what}", why=why, items=[f"contract:{contract_id}"])
    return made


def of(session: Session, scope: Scope, contract_id: str) -> Sequence[ContractAct]:
    """Everything that was done about it, the oldest first."""
    mine = scoped(select(ContractAct), scope, ContractAct).where(ContractAct.contract_id == contract_id)
    return session.scalars(mine.order_by(ContractAct.id)).all()


def signed(session: Session, scope: Scope, contract_id: str, digest: str) -> list[ContractAct]:
    """The signatures under the text of that digest, the first one first."""
    return [act for act in of(session, scope, contract_id) if act.what == "signed" and act.text_digest == digest]


def tell(
    session: Session, scope: Scope, to: Party, contract_id: str, what: str, *, target: str, on: date | None = None
) -> None:
    """A notice and letters to the administrators of one side; `on` is the day that it speaks of."""
    audience = f"facility-admin:{scope.area}" if to is Party.FACILITY else "role:admin"
    values = {"what": what, "target": target, "on": "" if on is None else on.isoformat()}
    mailing.tell(session, audience, NEWS, contract_id, facility_id=scope.area, values=values)
