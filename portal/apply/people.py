"""People of FILE: made where they are new, changed where they differ; nobody is shut out by being left out."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.apply.file import Person
from portal.apply.hashes import Hashes
from portal.apply.report import ApplyReport
from vault.base.errors import Conflict
from vault.base.scope import Role, Scope
from vault.base.settings import People
from vault.tenancy import links, logins, people
from vault.tenancy.models import Person as Row


def bring(
    session: Session,
    scope: Scope,
    person: Person,
    role: Role,
    facility_id: str | None,
    hashes: Hashes,
    report: ApplyReport,
) -> Row:
    """The person as FILE says; Conflict where the login is somebody of another place."""
    row = logins.person_by(session, person.login)
    if row is None:
        row = people.add(
            session,
            scope,
            login=person.login,
            name=person.name,
            role=role,
            facility_id=facility_id,
            password_hash=hashes.passwords.get(person.login),
            language=person.language,
        )
        if person.login in hashes.pins:
            people.set_pin(session, scope, row, hashes.pins[person.login])
        report.changed("person", person.login)
        return row
    if row.facility_id != facility_id:
        raise Conflict("login_elsewhere", login=person.login)
    if row.disabled_at is not None:
        report.keep("person", person.login, "disabled")
    differs = _change(session, scope, row, person, role, hashes)
    if differs:
        report.changed("person", person.login, differs)
    return row


def _change(session: Session, scope: Scope, row: Row, person: Person, role: Role, hashes: Hashes) -> list[str]:
    differs = []
    if row.role != role.value:
        people.set_role(session, scope, row, role)
        differs.append("role")
    if person.name and row.name != person.name:
        people.rename(session, scope, row, person.name)
        differs.append("name")
    if person.language is not None and row.language != person.language:
        people.set_language(session, scope, row, person.language)
        differs.append("language")
    if person.login in hashes.passwords:
        people.set_password(session, scope, row, hashes.passwords[person.login])
        differs.append("password")
    if person.login in hashes.pins:
        people.set_pin(session, scope, row, hashes.pins[person.login])
        differs.append("pin")
    return differs


def link(session: Session, scope: Scope, row: Row, policy: People, report: ApplyReport) -> None:
    """A one-time sign-in link for somebody who has no other way in and no link that still works."""
    if row.password is None and row.disabled_at is None and not links.open_for(session, row):
        report.links[row.login] = links.create(session, scope, row, policy)
        report.changed("sign-in link", row.login)


def keep_unnamed(rows: Sequence[Row], named: set[str], report: ApplyReport) -> None:
    """Report those whom FILE does not name."""
    for row in rows:
        if row.login not in named and row.disabled_at is None:
            report.keep("person", row.login)
