"""Contracts, for the facility's administrator: those that there are, a new one, agreeing, changing, ending."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from portal import transactions
from portal.guards import requires
from portal.pages import contract_pages
from portal.pages.contract_pages import Place
from portal.pages.contract_rows import contract_row, offer_row
from portal.pages.facility.base import bp
from portal.scope import current
from vault.base.scope import Role, scoped
from vault.contracts import offers, queries, running, winding
from vault.contracts.acts import Party
from vault.tenancy.models import Space


@bp.get("/contracts")
@requires(Role.FACILITY_ADMIN)
def contracts() -> ResponseReturnValue:
    """What is offered and agreed, what happens next and when."""
    session, scope = transactions.session(), current()
    today, found = queries.today(session, scope), queries.of_facility(session, scope)
    running_out = winding.under_way(session, scope)
    used = {space.target_id: space.used for space in session.scalars(scoped(select(Space), scope, Space))}
    return render_template(
        "facility/contracts.html",
        offers=[
            offer_row(one, offers.signatures(session, scope, one), Party.FACILITY, today)
            for one in offers.open_offers(session, scope)
        ],
        contracts=[
            contract_row(one, today, found, running_out) | {"used": used.get(one.target_id, 0)} for one in found
        ],
        readable_until=running_out.until if running_out else None,
    )


@bp.get("/contracts/new")
@requires(Role.FACILITY_ADMIN)
def contract_new() -> ResponseReturnValue:
    """Put a contract together; `change` or `renew` names the one that it is to follow."""
    return contract_pages.new_page(_place())


@bp.post("/contracts/new")
@requires(Role.FACILITY_ADMIN)
def contract_offer() -> ResponseReturnValue:
    """What is chosen, to be priced or to be offered."""
    return contract_pages.new_sent(_place(), request.remote_addr or "", _shown)


@bp.get("/contracts/<contract_id>")
@requires(Role.FACILITY_ADMIN)
def contract(contract_id: str) -> ResponseReturnValue:
    """One contract."""
    return contract_pages.shown(_place(), contract_id)


@bp.get("/contracts/<contract_id>/text")
@requires(Role.FACILITY_ADMIN)
def contract_text(contract_id: str) -> ResponseReturnValue:
    """Its text as a file."""
    return contract_pages.text(_place(), contract_id)


@bp.get("/contracts/<contract_id>/quotation.pdf")
@requires(Role.FACILITY_ADMIN)
def contract_quotation(contract_id: str) -> ResponseReturnValue:
    """What the offer costs, as PDF."""
    return contract_pages.quotation(_place(), contract_id)


@bp.get("/contracts/<contract_id>/agreement.pdf")
@requires(Role.FACILITY_ADMIN)
def contract_agreement(contract_id: str) -> ResponseReturnValue:
    """What both sides agreed to, as PDF."""
    return contract_pages.agreement(_place(), contract_id)


@bp.post("/contracts/<contract_id>/sign")
@requires(Role.FACILITY_ADMIN)
def contract_sign(contract_id: str) -> ResponseReturnValue:
    """Agree, for the facility."""
    return contract_pages.sign(_place(), contract_id, _shown(contract_id))


@bp.post("/contracts/<contract_id>/withdraw")
@requires(Role.FACILITY_ADMIN)
def contract_withdraw(contract_id: str) -> ResponseReturnValue:
    """Take an offer back, or decline the provider's."""
    return contract_pages.withdraw(_place(), contract_id, _shown(contract_id))


@bp.post("/contracts/<contract_id>/end")
@requires(Role.FACILITY_ADMIN)
def contract_end(contract_id: str) -> ResponseReturnValue:
    """End a contract with the term that runs."""
    place = _place()
    return contract_pages.act(
        place,
        _shown(contract_id),
        _("The contract ends with the term that runs."),
        lambda: running.end(place.session, place.scope, contract_id, address=request.remote_addr or ""),
    )


def _place() -> Place:
    return Place(Party.FACILITY, current(), "facility.contracts", "")


def _shown(contract_id: str) -> str:
    return url_for("facility.contract", contract_id=contract_id)
