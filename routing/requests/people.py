"""Who at the facility did it: a device is a place, so that a person is named beside it."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from vault.base.errors import Invalid
from vault.base.scope import FACILITY_ROLES, Role, Scope
from vault.tenancy.models import Person


@dataclass(frozen=True)
class Doer:
    """The person, where one is known, and the name to show."""

    person_id: str | None
    name: str


def doer(session: Session, scope: Scope, person: str | None) -> Doer:
    """
    Who acts: the person signed in; at a device the one named by id or login, nobody if none is.

    Raises Invalid(field="person") for somebody who is not of this facility, or when a signed-in person names another.
    """
    if person is None:
        return Doer(scope.person_id, scope.name)
    named = session.execute(
        select(Person.id, Person.name).where(
            or_(Person.id == person, Person.login == person),
            Person.facility_id == scope.area,
            Person.role.in_(FACILITY_ROLES),
            Person.disabled_at.is_(None),
        )
    ).one_or_none()
    if named is None or (scope.role is not Role.DEVICE and named.id != scope.person_id):
        raise Invalid("unknown_person", field="person")
    return Doer(named.id, named.name)
