"""What is agreed, read: contracts of a facility, the one of a target, a device's target, patients who opted out."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.scope import Scope, scoped
from vault.contracts.models import Contract
from vault.tenancy import facilities
from vault.tenancy.models import Device, Target


def of_facility(session: Session, scope: Scope) -> list[Contract]:
    """Every contract of the caller's area, the latest start first."""
    statement = scoped(select(Contract), scope, Contract)
    return list(session.scalars(statement.order_by(Contract.start.desc(), Contract.id.desc())))


def billable(session: Session, scope: Scope) -> list[Contract]:
    """Every contract of the caller's area that is to be paid for, by start: billing reads its days and its terms."""
    statement = scoped(select(Contract), scope, Contract)
    return list(session.scalars(statement.order_by(Contract.start, Contract.id)))


def active(session: Session, scope: Scope, on: date | None = None) -> list[Contract]:
    """The contracts of the caller's area that hold on that day (default: today in the facility's zone)."""
    on = on or today(session, scope)
    holding = scoped(select(Contract), scope, Contract).where(
        Contract.start <= on, or_(Contract.ends_on.is_(None), Contract.ends_on >= on)
    )
    return list(session.scalars(holding.order_by(Contract.start, Contract.id)))


@dataclass(frozen=True)
class Agreed:
    """What holds today for what a caller sends: the contracts, the target it names, that target's id (else empty)."""

    holding: list[Contract]
    target: str | None
    target_id: str

    def opted_out(self, patient_id: str) -> bool:
        """
        Whether nothing of that patient may be stored.

        Where it cannot be told which contract is meant, a patient whom one of them names as out is out, and so is one
        who is out by all of them. Without a contract nobody is.
        """
        if self.target is not None or len(self.holding) == 1:
            meant = [one for one in self.holding if self.target is None or one.target_id == self.target_id]
            return any(one.terms.patients.opted_out(patient_id) for one in meant)
        patients = [contract.terms.patients for contract in self.holding]
        named = any(each.default == "in" and each.opted_out(patient_id) for each in patients)
        return named or (bool(patients) and all(each.opted_out(patient_id) for each in patients))


def agreed(session: Session, scope: Scope, target: str | None) -> Agreed:
    """What is agreed for the target of that name; without a name the only contract's target is meant."""
    holding = active(session, scope)
    if target is not None:
        found = facilities.target_by(session, scope, target)
        return Agreed(holding, target, "" if found is None else found.id)
    return Agreed(holding, None, holding[0].target_id if len(holding) == 1 else "")


def active_for(session: Session, scope: Scope, target: str | None, on: date | None = None) -> Contract | None:
    """
    The contract that holds for the target of that name.

    Without a name the only contract is meant: with several, or none, there is no answer.
    """
    holding = active(session, scope, on)
    if target is None:
        return holding[0] if len(holding) == 1 else None
    found = facilities.target_by(session, scope, target)
    return next((contract for contract in holding if found is not None and contract.target_id == found.id), None)


def target_of_caller(session: Session, scope: Scope) -> str | None:
    """The name of the backup target that the calling device belongs to; None for people."""
    if scope.device_id is None:
        return None
    return session.scalar(scoped(select(Device.target), scope, Device).where(Device.id == scope.device_id))


def target_names(session: Session, scope: Scope) -> dict[str, str]:
    """Name of each backup target of the caller's area, by id."""
    return {row.id: row.name for row in session.scalars(scoped(select(Target), scope, Target))}


def today(session: Session, scope: Scope) -> date:
    """The civil date at the caller's facility."""
    own = scope.person_id or scope.device_id
    return clock.today(scope.zone if own else facilities.of(session, scope).zone)
