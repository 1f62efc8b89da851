"""The Scope of a call, made in this one place: from a token for programs, from the sign-in's cookie for browsers."""

from collections.abc import Callable
from dataclasses import replace

from flask import Flask, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy.orm import Session
from werkzeug.utils import redirect

from portal import transactions
from portal.dav import sign_in
from portal.dav.sign_in import is_dav
from portal.errors import is_api, way_back
from portal.guards import SIGNED_IN_TOO, allowed_roles, is_guarded
from routing.departments import queries as departments
from vault.base.errors import Denied, NotFound, NotSignedIn
from vault.base.scope import PROVIDER_ROLES, Scope
from vault.tenancy import sessions, tokens
from vault.tenancy.scopes import scope_of_person
from vault.tenancy.sessions import SignIn, Standing

OWES = "_kura_owes"
PASSIVE = "_kura_passive"
FROM_A_PAGE = "Tus-Resumable"
PUBLIC_ENDPOINTS = frozenset({"static", "openapi.spec"})
STEPS = {
    Standing.LOCKED: "account.lock",
    Standing.SECOND_FACTOR: "account.totp",
    Standing.PASSWORD: "account.set_password",
    Standing.ENROL: "account.totp_setup",
}


class Browser(UserMixin):  # type: ignore[misc]
    """A signed-in browser, as Flask-Login sees it; its id is the opaque cookie value."""

    def __init__(self, cookie: str, sign_in: SignIn, scope: Scope) -> None:
        self.id = cookie
        self.sign_in = sign_in
        self.scope = scope


def current() -> Scope:
    """The caller of a view that is not public."""
    found: Scope = g.scope
    return found


def browser() -> Browser:
    """The signed-in browser; NotSignedIn where there is none."""
    if not isinstance(current_user._get_current_object(), Browser):
        raise NotSignedIn("session")
    found: Browser = current_user._get_current_object()
    return found


def owes(*standings: Standing) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]:
    """The view is the step that a sign-in of such a standing owes; open ones may call it too."""

    def mark(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        setattr(view, OWES, frozenset(standings))
        return view

    return mark


def passive(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The page calls this by itself: it is no sign that somebody is at the screen."""
    setattr(view, PASSIVE, True)
    return view


def install(app: Flask) -> None:
    """Before each request: who calls, and whether they may."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(_load_browser)
    app.before_request(_guard)


def with_departments(session: Session, scope: Scope) -> Scope:
    """The scope with the departments its person works in."""
    if scope.role not in PROVIDER_ROLES or scope.person_id is None:
        return scope
    return replace(scope, departments=departments.departments_of(session, scope.person_id, scope.role))


def _load_browser(cookie: str) -> Browser | None:
    policy = transactions.installation().settings.people
    try:
        with transactions.database().read() as session:
            sign_in = sessions.session_for(session, cookie, policy)
            scope = with_departments(session, scope_of_person(session, sign_in.person))
            session.expunge_all()
    except NotSignedIn:
        return None
    return Browser(cookie, sign_in, scope)


def _guard() -> Response | None:
    g.scope = None
    endpoint = request.endpoint
    if endpoint is None or endpoint in PUBLIC_ENDPOINTS:
        return None
    view = current_app.view_functions[endpoint]
    if not is_guarded(view):
        raise RuntimeError(f"{endpoint} does not say who may call it")
    if is_api():
        _identify_program()
        if g.scope is None and getattr(view, SIGNED_IN_TOO, False) and FROM_A_PAGE in request.headers:
            _identify_page(view)
    elif (step := _identify_browser(view)) is not None:
        return step
    _enforce(view)
    return None


def _identify_program() -> None:
    kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != ("basic" if is_dav() else "bearer") or not credentials.strip():
        return
    identify = sign_in.identify if is_dav() else tokens.identify
    with transactions.database().read() as session:
        use = identify(session, credentials.strip())
        g.scope = with_departments(session, use.scope)
    if use.note:
        with transactions.database().transaction() as session:
            tokens.note_use(session, use.token_id)


def _identify_page(view: Callable[..., object]) -> None:
    """A page of ours: another site's cannot send this header without being asked for leave, which we do not give."""
    if _identify_browser(view) is not None:
        raise NotSignedIn("session")


def _identify_browser(view: Callable[..., object]) -> Response | None:
    user = current_user._get_current_object()
    if not isinstance(user, Browser):
        return None
    standing = user.sign_in.standing
    if standing is not Standing.OPEN and standing not in getattr(view, OWES, frozenset()):
        return None if allowed_roles(view) is None else _to_step(standing)
    g.scope = user.scope
    if not getattr(view, PASSIVE, False) and user.sign_in.row.shared:
        with transactions.database().transaction() as session:
            sessions.touch(session, user.sign_in.row, transactions.installation().settings.people)
    return None


def _to_step(standing: Standing) -> Response:
    target = url_for(STEPS[standing], next=way_back())
    return redirect(target, 303)  # type: ignore[return-value]


def _enforce(view: Callable[..., object]) -> None:
    roles = allowed_roles(view)
    if roles is None:
        return
    if g.scope is None:
        raise NotSignedIn
    if g.scope.role not in roles:
        if request.view_args:
            raise NotFound
        raise Denied
