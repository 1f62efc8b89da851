"""The browser's cookie: the opaque value of a sign-in, kept by Flask-Login in the signed session."""

from urllib.parse import urlsplit

from flask import request, session, url_for
from flask_login import login_user

from portal.scope import Browser, browser
from vault.tenancy.sessions import SignIn


def take(sign_in: SignIn) -> None:
    """Give the browser the new cookie value of a sign-in; whatever the session held before is gone."""
    session.clear()
    login_user(_Fresh(sign_in.cookie or "", sign_in))


def renew(value: str) -> None:
    """The same sign-in under a new cookie value."""
    sign_in = browser().sign_in
    session.clear()
    login_user(_Fresh(value, sign_in))


def destination() -> str:
    """Where to go afterwards: `next` if it stays on this site, else the start page."""
    wish = request.values.get("next", "")
    parts = urlsplit(wish)
    local = wish.startswith("/") and not wish.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return wish if local and "\\" not in wish and wish.isprintable() else url_for("account.start")


class _Fresh(Browser):
    """Enough of a browser for Flask-Login to write the cookie, and for a page that this same answer shows."""

    def __init__(self, cookie: str, sign_in: SignIn) -> None:
        self.id = cookie
        self.sign_in = sign_in
