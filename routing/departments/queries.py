"""What reads departments; they belong to no area, so that no scope cuts them."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.departments.models import TRIAGE, Department, Membership
from vault.base.errors import Invalid
from vault.base.scope import Role
from vault.tenancy.models import Person


def active(session: Session) -> list[Department]:
    """Every department that something can be delivered to, by code."""
    return list(session.scalars(select(Department).where(Department.active).order_by(Department.code)))


def every(session: Session) -> dict[str, Department]:
    """All departments by id, those known from history included: for putting names to ids."""
    return {row.id: row for row in session.scalars(select(Department).order_by(Department.code))}


def triage(session: Session) -> Department:
    """The triage desk; `service.ensure_triage` has made it."""
    return session.scalars(select(Department).where(Department.code == TRIAGE)).one()


def by_codes(session: Session, codes: Iterable[str], *, field: str) -> list[Department]:
    """The active departments of these codes, by code; Invalid naming `field` and the first code nobody has."""
    wanted = set(codes)
    found = list(
        session.scalars(
            select(Department).where(Department.code.in_(wanted), Department.active).order_by(Department.code)
        )
    )
    unknown = wanted - {department.code for department in found}
    if unknown:
        raise Invalid("unknown_department", field=field, value=min(unknown))
    return found


def departments_of(session: Session, person_id: str, role: Role) -> frozenset[str]:
    """The ids of the departments the person works in, for the Scope; administrators work triage as well."""
    found = set(session.scalars(select(Membership.department_id).where(Membership.person_id == person_id)))
    if role is Role.ADMIN:
        found.update(session.scalars(select(Department.id).where(Department.code == TRIAGE)))
    return frozenset(found)


def members(session: Session, department_id: str) -> list[Person]:
    """Who works in the department and may sign in, by name."""
    statement = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.department_id == department_id, Person.disabled_at.is_(None))
    )
    return list(session.scalars(statement.order_by(Person.name)))
