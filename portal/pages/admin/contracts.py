"""Contracts of all facilities, for the provider's administrator: what waits for a signature, what runs out."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import requires
from portal.pages import contract_pages, lists
from portal.pages.admin.base import bp
from portal.pages.contract_pages import Place
from portal.pages.contract_rows import contract_row, offer_row
from portal.scope import current
from vault.base import clock
from vault.base.errors import NotFound
from vault.base.scope import Role
from vault.contracts import everywhere, running
from vault.contracts.acts import Party
from vault.contracts.everywhere import View
from vault.tenancy import facilities
from vault.tenancy.models import Facility


@bp.get("/contracts")
@requires(Role.ADMIN)
def contracts() -> ResponseReturnValue:
    """One view at a time: to sign, running out, running, all."""
    session, scope = transactions.session(), current()
    asked = request.args.get("view", View.ENDS.value)
    if asked not in set(View) | {"to-sign"}:
        raise NotFound("view")
    waiting = everywhere.to_sign(session, scope)
    rows: list[dict[str, Any]] = []
    pager = {"newer_url": "", "older_url": ""}
    if asked == "to-sign":
        places = _places(session, {one.facility_id for one, _ in waiting})
        for offer, signed in waiting:
            area = places[offer.facility_id]
            rows.append(_row(offer_row(offer, signed, Party.PROVIDER, clock.today(area.zone)), area))
    else:
        page = everywhere.listed(session, scope, View(asked), after=request.args.get("after"))
        pager = lists.pager(page)
        places = _places(session, {one.facility_id for one in page.items})
        beside = everywhere.beside(session, scope, page.items)
        going = everywhere.ends_of_areas(session, scope, beside)
        for one in page.items:
            id_, area = one.facility_id, places[one.facility_id]
            rows.append(_row(contract_row(one, clock.today(area.zone), beside[id_], going.get(id_)), area))
    counts = {"to-sign": len(waiting), **everywhere.counts(session, scope)}
    return render_template("admin/contracts.html", view=asked, rows=rows, counts=counts, pager=pager)


@bp.get("/facilities/<code>/contracts/new")
@requires(Role.ADMIN)
def contract_new(code: str) -> ResponseReturnValue:
    """Put a contract together for a facility."""
    return contract_pages.new_page(_place(code))


@bp.post("/facilities/<code>/contracts/new")
@requires(Role.ADMIN)
def contract_offer(code: str) -> ResponseReturnValue:
    """What is chosen, to be priced or to be offered."""
    return contract_pages.new_sent(_place(code), request.remote_addr or "", lambda id_: _shown(code, id_))


@bp.get("/facilities/<code>/contracts/<contract_id>")
@requires(Role.ADMIN)
def contract(code: str, contract_id: str) -> ResponseReturnValue:
    """One contract."""
    return contract_pages.shown(_place(code), contract_id)


@bp.get("/facilities/<code>/contracts/<contract_id>/text")
@requires(Role.ADMIN)
def contract_text(code: str, contract_id: str) -> ResponseReturnValue:
    """Its text as a file."""
    return contract_pages.text(_place(code), contract_id)


@bp.get("/facilities/<code>/contracts/<contract_id>/quotation.pdf")
@requires(Role.ADMIN)
def contract_quotation(code: str, contract_id: str) -> ResponseReturnValue:
    """What the offer costs, as PDF."""
    return contract_pages.quotation(_place(code), contract_id)


@bp.get("/facilities/<code>/contracts/<contract_id>/agreement.pdf")
@requires(Role.ADMIN)
def contract_agreement(code: str, contract_id: str) -> ResponseReturnValue:
    """What both sides agreed to, as PDF."""
    return contract_pages.agreement(_place(code), contract_id)


@bp.post("/facilities/<code>/contracts/<contract_id>/sign")
@requires(Role.ADMIN)
def contract_sign(code: str, contract_id: str) -> ResponseReturnValue:
    """Agree, for the provider."""
    return contract_pages.sign(_place(code), contract_id, _shown(code, contract_id))


@bp.post("/facilities/<code>/contracts/<contract_id>/withdraw")
@requires(Role.ADMIN)
def contract_withdraw(code: str, contract_id: str) -> ResponseReturnValue:
    """Decline an offer, or take one's own back."""
    return contract_pages.withdraw(_place(code), contract_id, _shown(code, contract_id))


@bp.post("/facilities/<code>/contracts/<contract_id>/end")
@requires(Role.ADMIN)
def contract_end(code: str, contract_id: str) -> ResponseReturnValue:
    """End a contract with the term that runs."""
    said = _("The contract ends with the term that runs.")
    return _act(code, contract_id, said, running.end)


@bp.post("/facilities/<code>/contracts/<contract_id>/suspend")
@requires(Role.ADMIN)
def contract_suspend(code: str, contract_id: str) -> ResponseReturnValue:
    """Let a contract rest."""
    reason = request.form.get("reason", "")
    return _act(code, contract_id, _("The contract is suspended."), running.suspend, reason)


@bp.post("/facilities/<code>/contracts/<contract_id>/resume")
@requires(Role.ADMIN)
def contract_resume(code: str, contract_id: str) -> ResponseReturnValue:
    """Let a suspended contract go on."""
    return _act(code, contract_id, _("The contract goes on."), running.resume)


def _places(session: Session, ids: set[str]) -> dict[str, Facility]:
    return {one.id: one for one in session.scalars(select(Facility).where(Facility.id.in_(ids)))}


def _act(code: str, contract_id: str, said: str, doing: Any, *args: str) -> ResponseReturnValue:
    place, address = _place(code), request.remote_addr or ""
    return contract_pages.act(
        place,
        _shown(code, contract_id),
        said,
        lambda: doing(place.session, place.scope, contract_id, *args, address=address),
    )


def _place(code: str) -> Place:
    found = facilities.by_code(transactions.session(), code)
    if found is None:
        raise NotFound("facility")
    return Place(Party.PROVIDER, current().within(found.id), "admin.contracts", code)


def _shown(code: str, contract_id: str) -> str:
    return url_for("admin.contract", code=code, contract_id=contract_id)


def _row(row: dict[str, Any], facility: Facility) -> dict[str, Any]:
    return row | {"facility": facility.name, "url": _shown(facility.code, row["id"])}
