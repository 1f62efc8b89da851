"""
The secrets of second factors as the database keeps them: sealed under a provider key, each for its person alone.

A copy of the database without the provider's keys gives nobody a code. What an older Kura left open is sealed when the
portal starts.
"""

import base64
import binascii
from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.database import Database
from vault.base.errors import Unavailable
from vault.base.wrapping import KeyService, Wrapped
from vault.tenancy.models import Person

_MARK = ":"
"""Between the key's id and what it sealed; no secret in base 32 holds one."""


def seal(keys: KeyService, person: Person, secret: str) -> None:
    """Keep `secret` (base 32) as the person's, under the provider key that wraps now."""
    wrapped = keys.wrap(secret.encode(), _context(person))
    person.totp_secret = f"{wrapped.key_id}{_MARK}{base64.b64encode(wrapped.sealed).decode()}"


def opened(keys: KeyService, person: Person) -> str | None:
    """The person's secret in base 32, None without one; Unavailable: its provider key is gone, or it was altered."""
    kept = person.totp_secret
    if kept is None or not _is_sealed(kept):
        return kept
    key_id, _, content = kept.partition(_MARK)
    try:
        sealed = base64.b64decode(content, validate=True)
    except binascii.Error as problem:
        raise Unavailable("key_damaged", key_id=key_id) from problem
    return keys.unwrap(Wrapped(key_id, sealed), _context(person)).decode()


def seal_all(database: Database, keys: KeyService) -> int:
    """Seal every secret by the provider key that wraps now, one person a transaction; returns how many it was not."""
    current = keys.current
    with database.read() as session:
        waiting = _not_by(session, current)
    for person_id in waiting:
        with database.transaction() as session:
            person = session.scalars(select(Person).where(Person.id == person_id).with_for_update()).one()
            secret = opened(keys, person)
            if secret is not None:
                seal(keys, person, secret)
    return len(waiting)


def by_key(session: Session) -> Counter[str]:
    """How many secrets each provider key seals, by its id."""
    kept = session.scalars(select(Person.totp_secret).where(Person.totp_secret.is_not(None)))
    return Counter(one.partition(_MARK)[0] for one in kept if one is not None and _is_sealed(one))


def _not_by(session: Session, key_id: str) -> list[str]:
    theirs = Person.totp_secret.startswith(f"{key_id}{_MARK}", autoescape=True)
    return list(session.scalars(select(Person.id).where(Person.totp_secret.is_not(None), ~theirs).order_by(Person.id)))


def _is_sealed(kept: str) -> bool:
    return _MARK in kept


def _context(person: Person) -> str:
    return f"totp/{person.id}"
