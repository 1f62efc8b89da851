"""
Guessing slows down: a try is counted before it is checked, so that many at once cannot slip through.

A sign-in counts for the login from that address, so that a stranger elsewhere does not shut a person out; for the
address, whatever logins it tries; and for the login, wherever the tries come from.
"""

import hashlib
import ipaddress
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.errors import TooMany
from vault.tenancy.models import SignInFailure

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
PASSWORDS, CODES = 10, 5
FROM_ONE_ADDRESS, FROM_ANYWHERE = 50, 200
_PREFIX = 64
"""Whoever has one address of IPv6 has as many as this leaves."""


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


def count_sign_in(session: Session, login: str, address: str) -> None:
    """
    Count a try at `login` from `address` (empty: not known).

    TooMany once ten were wrong for that login from there, 50 from there for any, or 200 for that login from anywhere,
    in 15 minutes.
    """
    near, there, anywhere = _subjects(login, address)
    count_try(session, near, PASSWORDS)
    count_try(session, there, FROM_ONE_ADDRESS)
    count_try(session, anywhere, FROM_ANYWHERE)


def forget_sign_in(session: Session, login: str, address: str) -> None:
    """The try was right: wrong ones before it from there no longer count for the login, and it itself nowhere."""
    near, *wider = _subjects(login, address)
    forget(session, near)
    for what in wider:
        newest = select(SignInFailure.id).where(SignInFailure.login == _key(what))
        newest = newest.order_by(SignInFailure.at.desc(), SignInFailure.id.desc()).limit(1)
        session.execute(delete(SignInFailure).where(SignInFailure.id.in_(newest.scalar_subquery())))


def _subjects(login: str, address: str) -> tuple[str, str, str]:
    """What is counted: the login from there, the address, the login. No login that is typed makes one the other."""
    network = _network(address)
    return f"near:{network} {login}", f"from:{network}", f"at:{login}"


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, _PREFIX), strict=False)) if found.version == 6 else str(found)


def _key(what: str) -> str:
    """`what` as it fits the column, whatever somebody typed as a login."""
    return what if len(what) <= 80 else hashlib.sha256(what.encode()).hexdigest()
