"""Guessing slows down: a try is counted before it is checked, so that many at once cannot slip through."""

import hashlib
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.errors import TooMany
from vault.tenancy.models import SignInFailure

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
PASSWORDS, CODES = 10, 5


def count_try(session: Session, what: str, limit: int) -> None:
    """Count a try at `what`; TooMany with the seconds to wait once `limit` tries in 15 minutes were wrong."""
    now = clock.now()
    recent = select(func.count(), func.min(SignInFailure.at)).where(
        SignInFailure.login == _key(what), SignInFailure.at > now - WINDOW
    )
    count, oldest = session.execute(recent).one()
    if count >= limit:
        raise TooMany("sign_in", seconds=max(1, round((oldest + WINDOW - now).total_seconds())))
    session.execute(delete(SignInFailure).where(SignInFailure.at < now - KEPT))
    session.add(SignInFailure(login=_key(what), at=now))
    session.flush()


def forget(session: Session, what: str) -> None:
    """The try was right: wrong ones before it no longer count."""
    session.execute(delete(SignInFailure).where(SignInFailure.login == _key(what)))


def _key(what: str) -> str:
    """`what` as it fits the column, whatever somebody typed as a login."""
    return what if len(what) <= 80 else hashlib.sha256(what.encode()).hexdigest()
