"""The second factor: setting it up, showing it, recovery codes."""

import segno
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import transactions
from portal.errors import field_errors
from portal.guards import EVERYONE, own_transactions, requires, writes
from portal.pages.account import cookie
from portal.pages.account.base import bp
from portal.scope import browser, owes
from portal.wording import sentence
from vault.base.errors import Invalid, NotSignedIn, TooMany
from vault.base.wrapping import KeyService
from vault.tenancy import second_factor, sessions
from vault.tenancy.second_factor import Enrolment
from vault.tenancy.sessions import SignIn, Standing


@bp.get("/second-factor")
@requires(EVERYONE)
@owes(Standing.SECOND_FACTOR)
def totp() -> ResponseReturnValue:
    """Ask for the code. Context: next, errors {code}."""
    return render_template("account/totp.html", next=request.args.get("next", ""))


@bp.post("/second-factor")
@requires(EVERYONE)
@own_transactions
@owes(Standing.SECOND_FACTOR)
def totp_post() -> ResponseReturnValue:
    """Take a time-based or a recovery code."""
    installation = transactions.installation()
    code = request.form.get("code", "")
    try:
        found = second_factor.present(
            installation.database, installation.store.keys, browser().id, code, installation.settings.people
        )
    except (NotSignedIn, TooMany) as problem:
        errors = {"code": sentence(problem.code, problem.reason, problem.values)}
        page = render_template("account/totp.html", next=request.form.get("next", ""), errors=errors)
        return page, problem.http
    cookie.take(found)
    return redirect(cookie.destination(), 303)


@bp.get("/second-factor/set-up")
@requires(EVERYONE)
@writes
@owes(Standing.ENROL)
def totp_setup() -> ResponseReturnValue:
    """Show the secret. Context: secret, qr (data URI of an SVG), required, errors {code}."""
    return _setup_page(_enrolment(), {})


@bp.post("/second-factor/set-up")
@requires(EVERYONE)
@own_transactions
@owes(Standing.ENROL)
def totp_setup_post() -> ResponseReturnValue:
    """A first right code makes it count; the recovery codes are shown once. Context of recovery_codes: codes."""
    try:
        with transactions.database().transaction() as session:
            found = _signed_in(session)
            fresh, codes = second_factor.confirm(
                session, _keys(), found.row, found.person, request.form.get("code", "")
            )
    except Invalid as problem:
        with transactions.database().transaction() as session:
            enrolment = second_factor.enrol(session, _keys(), _signed_in(session).person, _issuer())
        return _setup_page(enrolment, field_errors(problem)), 422
    cookie.renew(fresh)
    return render_template("account/recovery_codes.html", codes=codes, next=url_for("account.start"))


def _enrolment() -> Enrolment:
    session = transactions.session()
    return second_factor.enrol(session, _keys(), _signed_in(session).person, _issuer())


def _signed_in(session: Session) -> SignIn:
    policy = transactions.installation().settings.people
    return sessions.session_for(session, browser().id, policy)


def _keys() -> KeyService:
    return transactions.installation().store.keys


def _issuer() -> str:
    return "Kura"


def _setup_page(enrolment: Enrolment, errors: dict[str, str]) -> str:
    return render_template(
        "account/totp_setup.html",
        secret=enrolment.secret,
        qr=segno.make(enrolment.uri, error="m").svg_data_uri(scale=4, border=2, dark="#000", light="#fff"),
        required=browser().sign_in.standing is Standing.ENROL,
        errors=errors,
    )
