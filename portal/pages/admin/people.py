"""The provider's people and departments; one-time links for anyone."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import transactions
from portal.commands.apply import link_address
from portal.errors import field_errors
from portal.guards import own_transactions, requires
from portal.pages.admin.base import bp
from portal.pages.admin.facilities import facility_context
from portal.pages.people import person_rows
from portal.pages.thread import name_of
from portal.scope import current
from routing.departments import queries as known
from routing.departments import service as memberships
from routing.queue import views
from vault.base.errors import Conflict, Invalid
from vault.base.scope import PROVIDER_ROLES, Role
from vault.tenancy import links
from vault.tenancy import people as persons
from vault.tenancy.models import Facility, Person


@bp.get("/people")
@requires(Role.ADMIN)
def people() -> ResponseReturnValue:
    """Everybody of the provider."""
    return _page(transactions.session())


@bp.post("/people")
@requires(Role.ADMIN)
@own_transactions
def person_add() -> ResponseReturnValue:
    """A new person of the provider, with a one-time link shown once."""
    form = request.form

    def add(session: Session) -> Person:
        role = form.get("role", "")
        if role not in PROVIDER_ROLES:
            raise Invalid(field="role")
        login, name = form.get("login", "").strip(), form.get("name", "").strip()
        person = persons.add(session, current(), login=login, role=Role(role), name=name)
        memberships.set_members(session, person.id, form.getlist("departments"))
        return person

    return _made(add)


@bp.post("/people/link")
@requires(Role.ADMIN)
@own_transactions
def person_link() -> ResponseReturnValue:
    """A new one-time link for anyone who lost theirs."""
    id_ = request.form.get("id", "")
    return _made(lambda session: persons.reachable(session, current(), id_))


@bp.post("/people/disable")
@requires(Role.ADMIN)
def person_disable() -> ResponseReturnValue:
    """Shut out at once."""
    session = transactions.session()
    persons.disable(session, current(), persons.reachable(session, current(), request.form.get("id", "")))
    flash(_("The person can no longer sign in."), "success")
    return redirect(request.referrer or url_for("admin.people"), 303)


@bp.post("/people/enable")
@requires(Role.ADMIN)
def person_enable() -> ResponseReturnValue:
    """Let in again."""
    session = transactions.session()
    persons.enable(session, current(), persons.reachable(session, current(), request.form.get("id", "")))
    flash(_("The person can sign in again."), "success")
    return redirect(request.referrer or url_for("admin.people"), 303)


@bp.get("/departments")
@requires(Role.ADMIN)
def departments() -> ResponseReturnValue:
    """Departments, who works in them, what waits."""
    session = transactions.session()
    return render_template(
        "admin/departments.html",
        departments=[
            {
                "code": one.code,
                "name_ja": one.name_ja,
                "name_en": one.name_en,
                "about": one.about,
                "members": [person.name for person in known.members(session, one.id)],
                "waiting": views.waiting_in(session, one.id),
            }
            for one in known.active(session)
        ],
    )


def _made(make: Callable[[Session], Person]) -> ResponseReturnValue:
    installation = transactions.installation()
    try:
        with installation.database.transaction() as session:
            person = make(session)
            secret = links.create(session, current(), person, installation.settings.people)
    except (Invalid, Conflict) as problem:
        field = problem if isinstance(problem, Invalid) else Invalid(problem.reason, field="login")
        typed: dict[str, Any] = request.form.to_dict() | {"departments": request.form.getlist("departments")}
        with installation.database.read() as session:
            return _page(session, typed=typed, errors=field_errors(field)), 422
    made = {"login": person.login, "kind": "link", "secret": link_address(installation, secret)}
    with installation.database.read() as session:
        if person.facility_id is not None:
            facility = session.scalars(select(Facility).where(Facility.id == person.facility_id)).one()
            return render_template("admin/facility.html", made=made, **facility_context(session, facility)), 201
        return _page(session, made=made), 201


def _page(
    session: Session,
    *,
    made: dict[str, str] | None = None,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    return render_template(
        "admin/people.html",
        people=person_rows(session, persons.of_provider(session, current())),
        made=made,
        departments=[{"code": one.code, "name": name_of(one)} for one in known.active(session)],
        typed=typed or {},
        errors=errors or {},
    )
