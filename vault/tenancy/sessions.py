"""Sign-ins of browsers: an opaque cookie value whose digest is kept, renewed whenever its privileges change."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.database import count_changed
from vault.base.errors import NotSignedIn
from vault.base.scope import PROVIDER_ROLES, Role
from vault.base.settings import People
from vault.tenancy.models import Person, SignInSession

KEPT = timedelta(days=30)
_SECOND_FACTOR_ROLES = PROVIDER_ROLES | {Role.FACILITY_ADMIN}


class Standing(StrEnum):
    """What a sign-in may do: anything (`OPEN`), or only the one step that it still owes."""

    OPEN = "open"
    SECOND_FACTOR = "second-factor"
    PASSWORD = "password"  # noqa: S105 - the name of a step
    ENROL = "enrol"
    LOCKED = "locked"


@dataclass(frozen=True)
class SignIn:
    """A live sign-in. `cookie` is the new value to set, or None where the browser's own stays."""

    row: SignInSession
    person: Person
    standing: Standing
    cookie: str | None = None


def start(session: Session, person: Person, policy: People, *, must_set_password: bool = False) -> SignIn:
    """A new sign-in of that person; its cookie was never seen before, whatever the browser sent."""
    now = clock.now()
    row = SignInSession(
        person_id=person.id,
        facility_id=person.facility_id,
        must_set_password=must_set_password,
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(hours=policy.session_hours),
    )
    cookie = renewed(row)
    session.add(row)
    session.flush()
    return SignIn(row, person, standing_of(row, person, policy), cookie)


def renewed(row: SignInSession) -> str:
    """Give the sign-in a new cookie value and return it; the old value is worth nothing from now on."""
    cookie = secrets.token_urlsafe(32)
    row.digest = _digest(cookie)
    return cookie


def session_for(session: Session, cookie: str, policy: People) -> SignIn:
    """The live sign-in of that cookie, in one query; NotSignedIn where it ended, expired or its person is disabled."""
    statement = (
        select(SignInSession, Person)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.digest == _digest(cookie),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > clock.now(),
            Person.disabled_at.is_(None),
        )
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        raise NotSignedIn("session")
    row, person = found
    return SignIn(row, person, standing_of(row, person, policy))


def standing_of(row: SignInSession, person: Person, policy: People) -> Standing:
    """What the sign-in may do now: a lock comes first, then whatever step it owes."""
    if _locked(row, policy):
        return Standing.LOCKED
    if person.totp_confirmed_at is not None and row.second_factor_at is None:
        return Standing.SECOND_FACTOR
    if row.must_set_password:
        return Standing.PASSWORD
    if policy.totp_required and Role(person.role) in _SECOND_FACTOR_ROLES and person.totp_confirmed_at is None:
        return Standing.ENROL
    return Standing.OPEN


def touch(session: Session, row: SignInSession, policy: People) -> bool:
    """
    Note that somebody is at the screen, at most once in a twelfth of the idle time; True when it was worth a write.

    Only what a person did counts: polls and event streams must not call this. A locked screen stays locked.
    """
    now = clock.now()
    if _locked(row, policy) or row.seen_at > now - timedelta(seconds=policy.idle_lock_seconds / 12):
        return False
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == row.id, SignInSession.seen_at == row.seen_at, SignInSession.locked_at.is_(None))
        .values(seen_at=now)
    )
    return True


def end(session: Session, sign_in_id: str) -> None:
    """Sign out. Ending an ended one changes nothing."""
    _end(session, SignInSession.id == sign_in_id)


def end_all(session: Session, person_id: str, *, but: str | None = None) -> int:
    """End every sign-in of the person, `but` that one; returns how many were live."""
    condition = SignInSession.person_id == person_id
    return _end(session, condition if but is None else condition & (SignInSession.id != but))


def live(session: Session, person_id: str) -> list[SignInSession]:
    """The person's sign-ins that still hold, newest first: for the page that lists and ends them."""
    mine = select(SignInSession).where(
        SignInSession.person_id == person_id,
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > clock.now(),
    )
    return list(session.scalars(mine.order_by(SignInSession.id.desc())))


def forget_old(session: Session) -> None:
    """Drop sign-ins that are over for a month: the access log remembers that they were."""
    before = clock.now() - KEPT
    session.execute(
        delete(SignInSession).where((SignInSession.expires_at < before) | (SignInSession.ended_at < before))
    )


def _end(session: Session, condition: ColumnElement[bool]) -> int:
    ended = update(SignInSession).where(condition, SignInSession.ended_at.is_(None)).values(ended_at=clock.now())
    return count_changed(session, ended)


def _locked(row: SignInSession, policy: People) -> bool:
    idle = clock.now() - row.seen_at > timedelta(seconds=policy.idle_lock_seconds)
    return row.shared and (row.locked_at is not None or idle)


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
