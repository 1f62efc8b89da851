"""HTTP Basic with login and API token: a wrong one is counted as at the sign-in, a revoked one refused at once."""

import base64
import binascii

from flask import request
from sqlalchemy.orm import Session

from portal import transactions
from vault.base.errors import NotSignedIn
from vault.tenancy import guesses, tokens
from vault.tenancy.tokens import TokenUse

PREFIX = "/dav"
_KEY = "dav:"


def is_dav() -> bool:
    """Whether the call is one of WebDAV's."""
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def identify(session: Session, credentials: str) -> TokenUse:
    """
    Whose the credentials of `Authorization: Basic` are.

    Raises NotSignedIn, and TooMany after ten wrong ones for a login from one address in 15 minutes. A right one is
    always let in: the token cannot be guessed, and a device must not be shut out by whoever knows its login.
    """
    login, token = _decoded(credentials)
    try:
        use = tokens.identify(session, token)
        if use.scope.login != login:
            raise NotSignedIn("token")
        return use
    except NotSignedIn:
        session.rollback()
        with transactions.database().transaction() as counting:
            guesses.count_sign_in(counting, f"{_KEY}{login}", request.remote_addr or "")
        raise


def _decoded(credentials: str) -> tuple[str, str]:
    try:
        login, colon, token = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as problem:
        raise NotSignedIn("token") from problem
    if not colon or not token or "\0" in login:
        raise NotSignedIn("token")
    return login, token
