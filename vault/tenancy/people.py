"""People: added, changed and disabled; their passwords, PINs, languages and addresses."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import Denied, Invalid, NotFound
from vault.base.scope import PROVIDER_ROLES, Role, Scope
from vault.tenancy import logins, sessions
from vault.tenancy.models import Person

LANGUAGES = ("ja", "en")
_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""Enough to see a slip of the pen: the form of RFC 5321 without its quoted and bracketed rarities."""
_OF_A_FACILITY = frozenset({Role.STAFF, Role.FACILITY_ADMIN, Role.PATIENT})


def add(
    session: Session,
    scope: Scope,
    *,
    login: str,
    role: Role,
    name: str = "",
    facility_id: str | None = None,
    password_hash: str | None = None,
    patient_id: str | None = None,
    language: str | None = None,
) -> Person:
    """
    Somebody who can sign in. `password_hash` comes from passwords.hashed_choice, made before the transaction began.

    Raises Denied outside the caller's reach, Conflict for a taken login, Invalid for a role that is not of the place.
    """
    _may_manage(scope, role, facility_id)
    if (role in _OF_A_FACILITY) != (facility_id is not None) or role not in _OF_A_FACILITY | PROVIDER_ROLES:
        raise Invalid("role_place", field="role", role=role.value)
    if (role is Role.PATIENT) != (patient_id is not None):
        raise Invalid("patient_id", field="patient_id")
    person = Person(
        login=logins.check_free(session, login),
        name=name or login,
        role=role.value,
        facility_id=facility_id,
        patient_id=patient_id,
        password=password_hash,
        language=_known_language(language),
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    audit.record(session, scope, "person.added", facility_id=facility_id, items=[f"person:{person.id}"])
    return person


def set_password(session: Session, scope: Scope, person: Person, password_hash: str) -> None:
    """Change the password; every sign-in of that person ends, as whoever knew the old one may hold it."""
    _may_touch(scope, person)
    person.password = password_hash
    sessions.end_all(session, person.id)
    _changed(session, scope, person, "person.password-set")


def set_pin(session: Session, scope: Scope, person: Person, pin_hash: str | None) -> None:
    """Set the PIN that reopens a shared screen (its hash from passwords.hashed_pin), or take it away."""
    _may_touch(scope, person)
    person.pin = pin_hash
    _changed(session, scope, person, "person.pin-set")


def set_language(session: Session, scope: Scope, person: Person, language: str | None) -> None:
    """Choose the language of screens and mail; None is the browser's."""
    _may_touch(scope, person)
    person.language = _known_language(language)
    session.flush()


def set_email(session: Session, scope: Scope, person: Person, email: str) -> None:
    """Where notices go, too; empty for nowhere. Raises Invalid (`email_form`)."""
    _may_touch(scope, person)
    if email and not (len(email) <= _LONGEST_EMAIL and _EMAIL.fullmatch(email)):
        raise Invalid("email_form", field="email")
    person.email, person.email_problem = email or None, None
    _changed(session, scope, person, "person.email-set")


def rename(session: Session, scope: Scope, person: Person, name: str) -> None:
    """Change the name that others see."""
    _may_touch(scope, person)
    person.name = name
    _changed(session, scope, person, "person.renamed")


def set_role(session: Session, scope: Scope, person: Person, role: Role) -> None:
    """Change what the person is, within their side; sign-ins end, as they were made for the old role."""
    _may_manage(scope, role, person.facility_id)
    if (role in PROVIDER_ROLES) != (person.facility_id is None) or Role.PATIENT in (role, Role(person.role)):
        raise Invalid("role_place", field="role", role=role.value)
    person.role = role.value
    sessions.end_all(session, person.id)
    _changed(session, scope, person, "person.role-set")


def disable(session: Session, scope: Scope, person: Person) -> None:
    """Shut the person out everywhere at once: sign-ins end, tokens are refused; what they did stays."""
    _may_manage(scope, Role(person.role), person.facility_id)
    if person.disabled_at is None:
        person.disabled_at = clock.now()
        sessions.end_all(session, person.id)
        _changed(session, scope, person, "person.disabled")


def enable(session: Session, scope: Scope, person: Person) -> None:
    """Let a disabled person in again."""
    _may_manage(scope, Role(person.role), person.facility_id)
    if person.disabled_at is not None:
        person.disabled_at = None
        _changed(session, scope, person, "person.enabled")


def reachable(session: Session, scope: Scope, person_id: str) -> Person:
    """A person whom the caller may manage or is; NotFound for everyone else's people."""
    person = session.scalar(select(Person).where(Person.id == person_id))
    if person is None or (scope.facility_id is not None and person.facility_id != scope.facility_id):
        raise NotFound("person")
    if scope.facility_id is None and scope.role not in (Role.ADMIN, Role.SYSTEM) and person.id != scope.person_id:
        raise NotFound("person")
    return person


def in_area(session: Session, scope: Scope) -> list[Person]:
    """The people of the caller's area who can sign in, patients apart, by login."""
    mine = select(Person).where(Person.facility_id == scope.area, Person.role != Role.PATIENT)
    return list(session.scalars(mine.where(Person.disabled_at.is_(None)).order_by(Person.login)))


def of_provider(session: Session, scope: Scope) -> list[Person]:
    """The provider's people, by login."""
    scope.require(Role.ADMIN, Role.SYSTEM)
    return list(session.scalars(select(Person).where(Person.facility_id.is_(None)).order_by(Person.login)))


def _may_manage(scope: Scope, role: Role, facility_id: str | None) -> None:
    """The provider's administrator manages everyone, a facility's its own people; NotFound names no stranger."""
    scope.require(Role.ADMIN, Role.FACILITY_ADMIN, Role.SYSTEM)
    if scope.facility_id is not None and scope.facility_id != facility_id:
        raise NotFound("person")
    if scope.role is Role.FACILITY_ADMIN and role not in _OF_A_FACILITY:
        raise Denied(role=role.value)


def _may_touch(scope: Scope, person: Person) -> None:
    if scope.person_id != person.id:
        _may_manage(scope, Role(person.role), person.facility_id)


def _known_language(language: str | None) -> str | None:
    if language is not None and language not in LANGUAGES:
        raise Invalid("language", field="language", known=list(LANGUAGES))
    return language


def _changed(session: Session, scope: Scope, person: Person, what: str) -> None:
    audit.record(session, scope, what, facility_id=person.facility_id, items=[f"person:{person.id}"])
