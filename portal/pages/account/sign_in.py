"""Sign in by password or one-time link, sign out, start page, language."""

from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, logout_user

from portal import demo_door, languages, transactions
from portal.errors import field_errors
from portal.guards import EVERYONE, own_transactions, public, requires
from portal.pages.account import cookie
from portal.pages.account.base import bp
from portal.scope import Browser, browser, current, owes
from portal.wording import sentence
from vault.base.errors import AppError, Invalid, NotFound, NotSignedIn, TooMany
from vault.base.scope import Role
from vault.tenancy import links, passwords, people, sessions
from vault.tenancy.sessions import Standing
from vault.tenancy.sign_in import sign_in as check

HOMES = {
    Role.STAFF: "facility.home",
    Role.FACILITY_ADMIN: "facility.home",
    Role.DEVICE: "facility.home",
    Role.DEPARTMENT: "department.queue",
    Role.ANALYST: "analyst.search",
    Role.BILLING: "billing.months",
    Role.ADMIN: "admin.overview",
    Role.PATIENT: "patient.home",
}


@bp.get("/")
@public
def start() -> ResponseReturnValue:
    """Each to their own first page."""
    user = current_user._get_current_object()
    if not isinstance(user, Browser):
        return redirect(url_for("account.sign_in"))
    return redirect(url_for(HOMES[user.scope.role]))


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form. Context: next, typed {login}, errors, demo (whether its door is open)."""
    return _form(request.args.get("next", ""))


@bp.post("/sign-in")
@public
@own_transactions
def sign_in_post() -> ResponseReturnValue:
    """Check login and password; whatever is wrong, the form says the same."""
    installation = transactions.installation()
    login, password = request.form.get("login", ""), request.form.get("password", "")
    try:
        found = check(installation.database, login, password, installation.settings.people, request.remote_addr or "")
    except (NotSignedIn, TooMany) as problem:
        errors = {"login": sentence(problem.code, problem.reason, problem.values)}
        return _form(request.form.get("next", ""), typed={"login": login}, errors=errors), problem.http
    cookie.take(found)
    return redirect(cookie.destination(), 303)


def _form(next_: str, **more: Any) -> str:
    return render_template("account/sign_in.html", next=next_, demo=demo_door.is_open(), **more)


@bp.get("/sign-in/link/<secret>")
@public
def link(secret: str) -> ResponseReturnValue:
    """A one-time link asks for a click first: mail scanners look at links. Context: name, login, secret."""
    try:
        person = links.peek(transactions.session(), secret)
    except NotFound:
        return render_template("account/link_spent.html"), 404
    return render_template("account/link.html", name=person.name, login=person.login, secret=secret)


@bp.post("/sign-in/link/<secret>")
@public
def link_follow(secret: str) -> ResponseReturnValue:
    """Sign in by the link, once; a password is owed then."""
    found = links.follow(transactions.session(), secret, transactions.installation().settings.people)
    cookie.take(found)
    return redirect(url_for("account.set_password"), 303)


@bp.get("/set-password")
@requires(EVERYONE)
@owes(Standing.PASSWORD)
def set_password() -> ResponseReturnValue:
    """Context: login, shortest, errors {password, again}."""
    return render_template("account/set_password.html", login=current().login, shortest=passwords.SHORTEST)


@bp.post("/set-password")
@requires(EVERYONE)
@own_transactions
@owes(Standing.PASSWORD)
def set_password_post() -> ResponseReturnValue:
    """Set what was chosen twice; every other sign-in of the person ends."""
    password, again = request.form.get("password", ""), request.form.get("again", "")
    user, policy = browser(), transactions.installation().settings.people
    try:
        if password != again:
            raise Invalid("not_the_same", field="again")
        kept = passwords.hashed_choice(password)
    except Invalid as problem:
        page = render_template(
            "account/set_password.html",
            login=current().login,
            shortest=passwords.SHORTEST,
            errors=field_errors(problem),
        )
        return page, 422
    with transactions.database().transaction() as session_:
        found = links.set_password(session_, sessions.session_for(session_, user.id, policy), kept, policy)
    cookie.take(found)
    flash(_("Your password is set."), "success")
    return redirect(url_for("account.start"), 303)


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the sign-in on the server too."""
    user = current_user._get_current_object()
    if isinstance(user, Browser):
        sessions.end(transactions.session(), user.sign_in.row.id)
    logout_user()
    session.clear()
    return redirect(url_for("account.sign_in"), 303)


@bp.post("/language")
@public
@own_transactions
def language() -> ResponseReturnValue:
    """Choose the language: kept with the person, and in a cookie for the pages before sign-in."""
    wish = request.form.get("language", "")
    if wish not in languages.LANGUAGES:
        raise Invalid(field="language")
    user = current_user._get_current_object()
    if isinstance(user, Browser):
        with transactions.database().transaction() as session_:
            person = people.reachable(session_, user.scope, user.scope.person_id or "")
            people.set_language(session_, user.scope, person, wish)
    back = request.referrer if request.referrer and request.referrer.startswith(request.host_url) else None
    answer = make_response(redirect(back or url_for("account.start"), 303))
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    answer.set_cookie(languages.COOKIE, wish, max_age=31_536_000, httponly=True, samesite="Lax", secure=secure)
    return answer


def refusal(problem: AppError) -> str:
    """The sentence of a refusal, for a flash."""
    return sentence(problem.code, problem.reason, problem.values)
