"""People and capture devices of the facility, for its administrator."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import own_transactions, requires
from portal.pages.facility.base import bp
from portal.pages.people import device_rows, let_in, linked, person_rows, shown_once, shut_out
from portal.scope import current
from vault.base.errors import Invalid
from vault.base.scope import Role, get_for
from vault.tenancy import devices, tokens
from vault.tenancy import people as persons
from vault.tenancy.models import Device


@bp.get("/people")
@requires(Role.FACILITY_ADMIN)
def people() -> ResponseReturnValue:
    """Who may sign in, and which devices file."""
    return _page(transactions.session())


@bp.post("/people")
@requires(Role.FACILITY_ADMIN)
@own_transactions
def person_add() -> ResponseReturnValue:
    """A new person, with a one-time link shown once."""
    form = request.form

    def add(session: Session) -> dict[str, str]:
        role = form.get("role", "")
        if role not in (Role.STAFF, Role.FACILITY_ADMIN):
            raise Invalid(field="role")
        person = persons.add(
            session,
            current(),
            login=form.get("login", "").strip(),
            role=Role(role),
            name=form.get("name", "").strip(),
            facility_id=current().area,
        )
        return linked(session, person)

    return shown_once(add, _page)


@bp.post("/people/link")
@requires(Role.FACILITY_ADMIN)
@own_transactions
def person_link() -> ResponseReturnValue:
    """A new one-time link; older ones no longer work."""
    id_ = request.form.get("id", "")
    return shown_once(lambda session: linked(session, persons.reachable(session, current(), id_)), _page)


@bp.post("/people/disable")
@requires(Role.FACILITY_ADMIN)
def person_disable() -> ResponseReturnValue:
    """Shut out at once; what the person did stays."""
    return shut_out(url_for("facility.people"))


@bp.post("/people/enable")
@requires(Role.FACILITY_ADMIN)
def person_enable() -> ResponseReturnValue:
    """Let in again."""
    return let_in(url_for("facility.people"))


@bp.post("/devices")
@requires(Role.FACILITY_ADMIN)
@own_transactions
def device_add() -> ResponseReturnValue:
    """A new device, with its token shown once."""
    form = request.form

    def add(session: Session) -> dict[str, str]:
        target = form.get("target", "").strip() or None
        device = devices.add(session, current(), login=form.get("device_login", "").strip(), target=target)
        return {"login": device.login, "kind": "token", "secret": tokens.create(session, current(), device)}

    return shown_once(add, _page, login_field="device_login")


@bp.post("/devices/token")
@requires(Role.FACILITY_ADMIN)
@own_transactions
def device_token() -> ResponseReturnValue:
    """A new token; the older ones are refused from now on."""
    id_ = request.form.get("id", "")

    def renew(session: Session) -> dict[str, str]:
        device = get_for(session, current(), Device, id_)
        tokens.revoke(session, current(), device)
        return {"login": device.login, "kind": "token", "secret": tokens.create(session, current(), device)}

    return shown_once(renew, _page)


@bp.post("/devices/disable")
@requires(Role.FACILITY_ADMIN)
def device_disable() -> ResponseReturnValue:
    """Refuse its token."""
    devices.disable(transactions.session(), current(), request.form.get("id", ""))
    flash(_("The device is refused from now on."), "success")
    return redirect(url_for("facility.people"), 303)


@bp.post("/devices/enable")
@requires(Role.FACILITY_ADMIN)
def device_enable() -> ResponseReturnValue:
    """Accept its token again."""
    devices.enable(transactions.session(), current(), request.form.get("id", ""))
    flash(_("The device is accepted again."), "success")
    return redirect(url_for("facility.people"), 303)


def _page(
    session: Session,
    *,
    made: dict[str, str] | None = None,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    return render_template(
        "facility/people.html",
        people=person_rows(session, persons.in_area(session, current())),
        devices=device_rows(devices.in_area(session, current())),
        made=made,
        typed=typed or {},
        errors=errors or {},
    )
