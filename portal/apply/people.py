"""People of FILE: made where they are new, changed where they differ; nobody is shut out by being left out."""

from collections.abc import Sequence

from portal.apply.file import Person
from portal.apply.run import Run
from vault.base.errors import Conflict
from vault.base.scope import Role, Scope
from vault.tenancy import links, logins, people
from vault.tenancy.models import Person as Row


def bring(run: Run, scope: Scope, person: Person, role: Role) -> Row:
    """The person as FILE says, in the scope's area or the provider's; Conflict where the login is of another place."""
    row = logins.person_by(run.session, person.login)
    if row is None:
        return _add(run, scope, person, role)
    if row.facility_id != scope.facility_id:
        raise Conflict("login_elsewhere", login=person.login)
    if row.disabled_at is not None:
        run.report.keep("person", person.login, "disabled")
    differs = _change(run, scope, row, person, role)
    if differs:
        run.report.changed("person", person.login, differs)
    return row


def link(run: Run, scope: Scope, row: Row) -> None:
    """A one-time sign-in link for somebody who has no other way in and no link that still works."""
    if row.password is None and row.disabled_at is None and not links.open_for(run.session, row):
        run.report.links[row.login] = links.create(run.session, scope, row, run.policy)
        run.report.changed("sign-in link", row.login)


def keep_unnamed(run: Run, rows: Sequence[Row], people_of_file: Sequence[Person]) -> None:
    """Report those whom FILE does not name."""
    named = {person.login for person in people_of_file}
    for row in rows:
        if row.login not in named and row.disabled_at is None:
            run.report.keep("person", row.login)


def _add(run: Run, scope: Scope, person: Person, role: Role) -> Row:
    row = people.add(
        run.session,
        scope,
        login=person.login,
        name=person.name,
        role=role,
        facility_id=scope.facility_id,
        password_hash=run.hashes.passwords.get(person.login),
        language=person.language,
    )
    if person.login in run.hashes.pins:
        people.set_pin(run.session, scope, row, run.hashes.pins[person.login])
    run.report.changed("person", person.login)
    return row


def _change(run: Run, scope: Scope, row: Row, person: Person, role: Role) -> list[str]:
    """Bring the row to what FILE says; the names of what differed."""
    session, differs = run.session, []
    if row.role != role.value:
        people.set_role(session, scope, row, role)
        differs.append("role")
    if person.name and row.name != person.name:
        people.rename(session, scope, row, person.name)
        differs.append("name")
    if person.language is not None and row.language != person.language:
        people.set_language(session, scope, row, person.language)
        differs.append("language")
    if person.login in run.hashes.passwords:
        people.set_password(session, scope, row, run.hashes.passwords[person.login])
        differs.append("password")
    if person.login in run.hashes.pins:
        people.set_pin(session, scope, row, run.hashes.pins[person.login])
        differs.append("pin")
    return differs
