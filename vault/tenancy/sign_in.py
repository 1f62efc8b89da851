"""Signing in by password: counted, checked outside any write transaction, and as slow for an unknown login."""

from vault.base import audit
from vault.base.database import Database
from vault.base.errors import NotSignedIn
from vault.base.settings import People
from vault.tenancy import guesses, logins, passwords, sessions
from vault.tenancy.scopes import scope_of_person
from vault.tenancy.sessions import SignIn


def sign_in(database: Database, login: str, password: str, policy: People, address: str = "") -> SignIn:
    """
    A new sign-in with its cookie; look at its standing for the step that may still be owed.

    Raises NotSignedIn for a wrong login or password (which, is not told) and for a disabled person, TooMany with
    `seconds` after ten wrong ones in 15 minutes from `address`. It opens its own transactions, so that wrong tries stay
    counted.
    """
    login = login.strip()
    with database.transaction() as session:
        guesses.count_sign_in(session, login, address)
        person = logins.person_by(session, login)
        kept = None if person is None or person.disabled_at is not None else person.password
    if not passwords.matches(kept, password):
        raise NotSignedIn("wrong_credentials")
    with database.transaction() as session:
        person = logins.person_by(session, login)
        if person is None or person.disabled_at is not None or person.password != kept:
            raise NotSignedIn("wrong_credentials")
        guesses.forget_sign_in(session, login, address)
        audit.record(session, scope_of_person(session, person), "signed-in")
        return sessions.start(session, person, policy)
