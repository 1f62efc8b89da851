"""People and devices as the facility's and the provider's administrators see, add, shut out and let in again."""

from collections.abc import Callable
from typing import Any, Protocol

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import transactions
from portal.commands.apply import link_address
from portal.errors import field_errors
from portal.scope import current
from vault.base.errors import Conflict, Invalid
from vault.tenancy import links
from vault.tenancy import people as persons
from vault.tenancy.models import Device, Person, SignInSession


def person_rows(session: Session, found: list[Person]) -> list[dict[str, Any]]:
    """Rows with when each was last seen; one statement."""
    ids = [person.id for person in found]
    seen = select(SignInSession.person_id, func.max(SignInSession.seen_at)).where(SignInSession.person_id.in_(ids))
    last = dict(session.execute(seen.group_by(SignInSession.person_id)).all())
    return [
        {
            "id": person.id,
            "login": person.login,
            "name": person.name,
            "role": person.role,
            "second_factor": person.totp_confirmed_at is not None,
            "disabled": person.disabled_at is not None,
            "seen_at": last.get(person.id),
        }
        for person in found
    ]


def device_rows(found: list[Device]) -> list[dict[str, Any]]:
    """Rows of capture devices."""
    return [
        {
            "id": device.id,
            "login": device.login,
            "name": device.login,
            "target": device.target or "",
            "disabled": device.disabled_at is not None,
            "seen_at": device.seen_at,
            "version": "",
        }
        for device in found
    ]


class Page(Protocol):
    """A page of people: with what was `made` just now, or with what was `typed` and the `errors` beside it."""

    def __call__(
        self,
        session: Session,
        *,
        made: dict[str, str] | None = None,
        typed: dict[str, Any] | None = None,
        errors: dict[str, str] | None = None,
    ) -> str: ...


def shown_once(
    make: Callable[[Session], dict[str, str]], page: Page, *, login_field: str = "login"
) -> ResponseReturnValue:
    """Make something and show its secret, once; a refused form comes back filled in, with the sentence in its place."""
    try:
        with transactions.database().transaction() as session:
            made = make(session)
    except (Invalid, Conflict) as problem:
        field = problem if isinstance(problem, Invalid) else Invalid(problem.reason, field="login")
        errors = {login_field if name == "login" else name: words for name, words in field_errors(field).items()}
        typed: dict[str, Any] = request.form.to_dict() | {"departments": request.form.getlist("departments")}
        with transactions.database().read() as session:
            return page(session, typed=typed, errors=errors), 422
    with transactions.database().read() as session:
        return page(session, made=made), 201


def linked(session: Session, person: Person) -> dict[str, str]:
    """A one-time link for the person, as `shown_once` shows it; older ones no longer work."""
    installation = transactions.installation()
    secret = links.create(session, current(), person, installation.settings.people)
    return {"login": person.login, "kind": "link", "secret": link_address(installation, secret)}


def shut_out(back: str) -> ResponseReturnValue:
    """The person that the form names can no longer sign in; what they did stays."""
    session = transactions.session()
    persons.disable(session, current(), persons.reachable(session, current(), request.form.get("id", "")))
    flash(_("The person can no longer sign in."), "success")
    return redirect(back, 303)


def let_in(back: str) -> ResponseReturnValue:
    """The person that the form names may sign in again."""
    session = transactions.session()
    persons.enable(session, current(), persons.reachable(session, current(), request.form.get("id", "")))
    flash(_("The person can sign in again."), "success")
    return redirect(back, 303)
