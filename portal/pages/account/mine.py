"""My account: language, PIN, address, second factor, tokens, sign-ins."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import transactions
from portal.errors import field_errors
from portal.guards import EVERYONE, FACILITY_PEOPLE, own_transactions, requires
from portal.pages.account.base import bp
from portal.scope import browser, current
from vault.base.errors import Invalid
from vault.base.scope import Role
from vault.tenancy import passwords, people, second_factor, sessions, tokens
from vault.tenancy.models import Person


@bp.get("/my-account")
@requires(EVERYONE)
def my_account() -> ResponseReturnValue:
    """See _page for the context."""
    return _page(transactions.session(), {})


@bp.post("/my-account/pin")
@requires(EVERYONE)
@own_transactions
def set_pin() -> ResponseReturnValue:
    """Set the PIN of the shared screen."""
    try:
        kept = passwords.hashed_pin(request.form.get("pin", ""))
    except Invalid as problem:
        with transactions.database().read() as session:
            return _page(session, field_errors(problem)), 422
    with transactions.database().transaction() as session:
        people.set_pin(session, current(), _me(session), kept)
    flash(_("Your PIN is set."), "success")
    return redirect(url_for("account.my_account"), 303)


@bp.post("/my-account/email")
@requires(FACILITY_PEOPLE, Role.ADMIN)
@own_transactions
def set_email() -> ResponseReturnValue:
    """Where notices go, too; empty for nowhere."""
    with transactions.database().transaction() as session:
        try:
            people.set_email(session, current(), _me(session), request.form.get("email", "").strip())
        except Invalid as problem:
            return _page(session, field_errors(problem), typed_email=request.form["email"]), 422
    flash(_("Your address is kept."), "success")
    return redirect(url_for("account.my_account"), 303)


@bp.post("/my-account/tokens")
@requires(EVERYONE)
def token_create() -> ResponseReturnValue:
    """A new API token, shown this once."""
    session = transactions.session()
    plain = tokens.create(session, current(), _me(session), label=request.form.get("label", "").strip()[:80])
    return _page(session, {}, new_token=plain)


@bp.post("/my-account/tokens/revoke")
@requires(EVERYONE)
def token_revoke() -> ResponseReturnValue:
    """Refuse all of my tokens from now on."""
    session = transactions.session()
    tokens.revoke(session, current(), _me(session))
    flash(_("Your tokens are revoked."), "success")
    return redirect(url_for("account.my_account"), 303)


@bp.post("/my-account/sign-ins/end")
@requires(EVERYONE)
def sign_ins_end() -> ResponseReturnValue:
    """End every other sign-in of mine."""
    sessions.end_all(transactions.session(), current().person_id or "", but=browser().sign_in.row.id)
    flash(_("Every other sign-in has ended."), "success")
    return redirect(url_for("account.my_account"), 303)


def _me(session: Session) -> Person:
    return people.reachable(session, current(), current().person_id or "")


def _page(session: Session, errors: dict[str, str], *, new_token: str = "", typed_email: str | None = None) -> str:
    """
    The page. Context: account {login, name, role, language, has_pin, can_share, shared, second_factor, codes_left,
    is_told (what has notices), email, email_problem},
    tokens [{id, label, created_at, used_at}], sign_ins [{id, mine, shared, created_at, seen_at, expires_at}],
    new_token,
    errors {pin, label, email}.
    """
    person, user = _me(session), browser()
    return render_template(
        "account/my_account.html",
        account={
            "login": person.login,
            "name": person.name,
            "role": person.role,
            "language": person.language,
            "has_pin": person.pin is not None,
            "can_share": person.facility_id is not None and person.patient_id is None,
            "shared": user.sign_in.row.shared,
            "second_factor": person.totp_confirmed_at is not None,
            "codes_left": second_factor.recovery_codes_left(session, person),
            "is_told": Role(person.role) in FACILITY_PEOPLE | {Role.ADMIN},
            "email": person.email or "" if typed_email is None else typed_email,
            "email_problem": person.email_problem,
        },
        tokens=[
            {"id": row.id, "label": row.label, "created_at": row.created_at, "used_at": row.used_at}
            for row in tokens.live(session, person)
        ],
        sign_ins=[
            {
                "id": row.id,
                "mine": row.id == user.sign_in.row.id,
                "shared": row.shared,
                "created_at": row.created_at,
                "seen_at": row.seen_at,
                "expires_at": row.expires_at,
            }
            for row in sessions.live(session, person.id)
        ],
        new_token=new_token,
        errors=errors,
    )
