"""Pages of contracts that both sides have: putting one together, reading it, agreeing to it, declining it."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import languages, printed, transactions
from portal.errors import field_errors
from portal.pages import contract_form
from portal.pages.contract_rows import act_rows, contract_row, offer_row, paper_rows
from portal.wording import sentence
from vault.base.errors import AppError, Conflict, IllegalMove, Invalid, NotFound
from vault.base.scope import Scope, get_for
from vault.billing import quotations
from vault.contracts import acts, documents, offers, papers, queries, winding
from vault.contracts.acts import Party
from vault.contracts.models import Contract, Offer
from vault.contracts.offers import signatures
from vault.tenancy import facilities


@dataclass(frozen=True)
class Place:
    """Whose pages these are, and where they lie: addresses with the id of a contract are asked for."""

    side: Party
    scope: Scope
    active: str
    code: str
    """The facility's code in the provider's addresses; empty in the facility's own."""

    @property
    def session(self) -> Session:
        """The session of this request."""
        return transactions.session()

    @property
    def frame(self) -> dict[str, Any]:
        """What every page of contracts is given."""
        facility = facilities.of(self.session, self.scope)
        return {"side": self.side.value, "active": self.active, "facility": {"code": self.code, "name": facility.name}}


def new_page(place: Place) -> ResponseReturnValue:
    """The form, empty or with what an older contract says."""
    renews = "renew" in request.args
    before = _before(place, request.args.get("renew") or request.args.get("change") or "")
    held = contract_form.at_first(place.session, place.scope, before, renews=renews)
    return _form(place, held, before)


def new_sent(place: Place, address: str, shown_at: Any) -> ResponseReturnValue:
    """The price of what is chosen, or the offer itself, which is read next."""
    before = _before(place, request.form.get("replaces", ""))
    held = contract_form.typed(request.form)
    if place.side is Party.PROVIDER:
        # Whose data is backed up is the facility's to say: the provider's people neither see nor change the lists.
        held |= contract_form.patients(before)
    if request.form.get("act") != "offer":
        return _form(place, held, before)
    try:
        made = contract_form.wish(held)
        row = offers.offer(place.session, place.scope, made, replaces=before.id if before else None, address=address)
        quotations.issue(place.session, place.scope, transactions.installation().settings, row)
    except Invalid as problem:
        return _form(place, held, before, errors=field_errors(problem)), 422
    except (Conflict, IllegalMove) as problem:
        return _form(place, held, before, errors={"": sentence(problem.code, problem.reason, problem.values)}), 409
    return redirect(shown_at(row.id), 303)


def shown(place: Place, contract_id: str) -> ResponseReturnValue:
    """One contract or offer: how it stands, its text, who signed, what was done."""
    session, scope = place.session, place.scope
    offer, contract = _found(place, contract_id)
    signed = signatures(session, scope, offer) if offer is not None else set(Party)
    text = documents.document(session, scope, contract_id)
    done, quoted = acts.of(session, scope, contract_id), quotations.of(session, scope, contract_id)
    return render_template(
        "contracts/show.html",
        contract=_row(place, offer, contract, signed),
        text=text.ja if languages.current() == "ja" else text.en,
        digest=text.digest,
        by_file=offer is None,
        signed=sorted(side.value for side in signed),
        acts=act_rows(done),
        quotation=None if quoted is None else {"number": quoted.number, "valid_until": quoted.offer.valid_until},
        papers=paper_rows(papers.of(session, scope, contract_id)),
        **place.frame,
    )


def text(place: Place, contract_id: str) -> ResponseReturnValue:
    """The text in both languages as a file, whose SHA-256 is the digest that both sides signed."""
    found = documents.document(place.session, place.scope, contract_id)
    name = f'attachment; filename="contract-{contract_id}.txt"'
    return found.content, 200, {"Content-Type": "text/plain; charset=utf-8", "Content-Disposition": name}


def quotation(place: Place, contract_id: str) -> ResponseReturnValue:
    """What the offer costs, as PDF."""
    return printed.quotation(quotations.one(place.session, place.scope, contract_id))


def agreement(place: Place, contract_id: str) -> ResponseReturnValue:
    """What both sides agreed to, as PDF."""
    return printed.agreement(papers.one(place.session, place.scope, contract_id, languages.current()))


def act(place: Place, back: str, done: str, doing: Any) -> ResponseReturnValue:
    """Do one thing and come back to the page, which says that it is done, or why it was not."""
    try:
        with place.session.begin_nested():
            doing()
    except NotFound:
        raise
    except AppError as problem:
        flash(sentence(problem.code, problem.reason, problem.values), "error")
    else:
        flash(done, "success")
    return redirect(back, 303)


def sign(place: Place, contract_id: str, back: str) -> ResponseReturnValue:
    """Agree to the text that was read."""
    digest, kept = (
        request.form.get("digest", ""),
        {"address": request.remote_addr or "", "language": languages.current()},
    )
    return act(
        place,
        back,
        _("You agreed. The text, the time and your name are kept with the contract."),
        lambda: offers.sign(place.session, place.scope, contract_id, digest, **kept),
    )


def withdraw(place: Place, contract_id: str, back: str) -> ResponseReturnValue:
    """Take the offer back, or decline it."""
    reason = request.form.get("reason", "")
    return act(
        place,
        back,
        _("The offer is withdrawn. Nothing was agreed by it."),
        lambda: offers.withdraw(place.session, place.scope, contract_id, reason, address=request.remote_addr or ""),
    )


def _row(place: Place, offer: Offer | None, contract: Contract | None, signed: set[Party]) -> dict[str, Any]:
    session, scope = place.session, place.scope
    if contract is not None:
        others = queries.billable(session, scope)
        return contract_row(contract, queries.today(session, scope), others, winding.under_way(session, scope))
    if offer is None:
        raise NotFound("contract")
    return offer_row(offer, signed, place.side, queries.today(session, scope))


def _before(place: Place, contract_id: str) -> Contract | None:
    return get_for(place.session, place.scope, Contract, contract_id) if contract_id else None


def _found(place: Place, contract_id: str) -> tuple[Offer | None, Contract | None]:
    """The offer (None where it came by a file) and the contract (None while it was not agreed)."""
    found: list[Any] = []
    for model in (Offer, Contract):
        try:
            found.append(get_for(place.session, place.scope, model, contract_id))
        except NotFound:
            found.append(None)
    return found[0], found[1]


def _form(place: Place, held: dict[str, Any], before: Contract | None, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "contracts/new.html",
        typed=held,
        errors=errors or {},
        price=contract_form.price(place.session, held),
        plan=contract_form.plan(place.session),
        targets=sorted(queries.target_names(place.session, place.scope).values()),
        replaces=None if before is None else {"id": before.id, "target": before.terms.target, "start": before.start},
        **place.frame,
    )
