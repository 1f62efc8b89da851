"""The shared screen: share, lock, reopen by PIN; drafts stay, as they are the persons' rows."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.guards import FACILITY_PEOPLE, own_transactions, requires
from portal.pages.account import cookie
from portal.pages.account.base import bp
from portal.scope import browser, current, owes
from portal.wording import sentence
from vault.base.errors import Conflict, NotSignedIn
from vault.tenancy import people, sessions, shared_screen
from vault.tenancy.sessions import Standing


@bp.post("/screen/share")
@requires(FACILITY_PEOPLE)
def share() -> ResponseReturnValue:
    """Make this browser a shared screen; it locks when idle."""
    session, policy = transactions.session(), transactions.installation().settings.people
    if people.reachable(session, current(), current().person_id or "").pin is None:
        raise Conflict("pin_first")
    found = sessions.session_for(session, browser().id, policy)
    cookie.renew(shared_screen.share(session, found))
    return redirect(url_for("account.start"), 303)


@bp.get("/screen/lock")
@requires(FACILITY_PEOPLE)
@owes(Standing.LOCKED)
def lock() -> ResponseReturnValue:
    """The locked screen. Context: faces [{login, name}], chosen (a login), next, errors {pin}."""
    return _locked_page({}), 200


@bp.post("/screen/lock")
@requires(FACILITY_PEOPLE)
@owes(Standing.LOCKED)
def lock_post() -> ResponseReturnValue:
    """Lock now, by hand or because the page saw nobody for a while."""
    session, policy = transactions.session(), transactions.installation().settings.people
    shared_screen.lock(session, sessions.session_for(session, browser().id, policy))
    return redirect(url_for("account.lock", next=request.form.get("next") or None), 303)


@bp.post("/screen/reopen")
@requires(FACILITY_PEOPLE)
@own_transactions
@owes(Standing.LOCKED)
def reopen() -> ResponseReturnValue:
    """A name tapped, a PIN: the screen opens as that person."""
    installation = transactions.installation()
    login, pin = request.form.get("person", ""), request.form.get("pin", "")
    try:
        found = shared_screen.reopen(installation.database, browser().id, login, pin, installation.settings.people)
    except NotSignedIn as problem:
        if problem.reason != "wrong_pin" or problem.values.get("left") == 0:
            return redirect(url_for("account.sign_in"), 303)
        return _locked_page({"pin": sentence(problem.code, problem.reason, problem.values)}), 401
    cookie.take(found)
    return redirect(cookie.destination(), 303)


def _locked_page(errors: dict[str, str]) -> str:
    with transactions.database().read() as session:
        faces = [{"login": person.login, "name": person.name} for person in shared_screen.faces(session, current())]
    return render_template(
        "account/lock.html",
        faces=faces,
        chosen=request.form.get("person", current().login),
        next=request.values.get("next", ""),
        errors=errors,
    )
