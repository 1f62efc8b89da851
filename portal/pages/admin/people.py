"""The provider's people; one-time links for anyone."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import own_transactions, requires
from portal.pages.admin.base import bp
from portal.pages.admin.facilities import facility_context
from portal.pages.people import Page, let_in, linked, person_rows, shown_once, shut_out
from portal.pages.thread import name_of
from portal.scope import current
from routing.departments import queries as known
from routing.departments import service as memberships
from vault.base.errors import Invalid
from vault.base.scope import PROVIDER_ROLES, Role
from vault.tenancy import people as persons
from vault.tenancy.models import Facility


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

    def add(session: Session) -> dict[str, str]:
        role = form.get("role", "")
        if role not in PROVIDER_ROLES:
            raise Invalid(field="role")
        login, name = form.get("login", "").strip(), form.get("name", "").strip()
        person = persons.add(session, current(), login=login, role=Role(role), name=name)
        memberships.set_members(session, person.id, form.getlist("departments"))
        return linked(session, person)

    return shown_once(add, _page)


@bp.post("/people/link")
@requires(Role.ADMIN)
@own_transactions
def person_link() -> ResponseReturnValue:
    """A new one-time link for anyone who lost theirs."""
    id_ = request.form.get("id", "")
    return shown_once(lambda session: linked(session, persons.reachable(session, current(), id_)), _page_of(id_))


@bp.post("/people/disable")
@requires(Role.ADMIN)
def person_disable() -> ResponseReturnValue:
    """Shut out at once."""
    return shut_out(request.referrer or url_for("admin.people"))


@bp.post("/people/enable")
@requires(Role.ADMIN)
def person_enable() -> ResponseReturnValue:
    """Let in again."""
    return let_in(request.referrer or url_for("admin.people"))


def _page_of(person_id: str) -> Page:
    """Where that person stands: among the provider's people, or on their facility's page."""

    def page(session: Session, *, made: dict[str, str] | None = None, **more: Any) -> str:
        person = persons.reachable(session, current(), person_id)
        if person.facility_id is None:
            return _page(session, made=made, **more)
        facility = session.scalars(select(Facility).where(Facility.id == person.facility_id)).one()
        return render_template("admin/facility.html", made=made, **facility_context(session, facility))

    return page


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
