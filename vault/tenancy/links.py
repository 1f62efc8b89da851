"""Sign-in links: they sign a person in once, who then sets a password."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import count_changed
from vault.base.errors import NotFound
from vault.base.scope import Scope
from vault.base.settings import People
from vault.tenancy import sessions
from vault.tenancy.models import Person, SignInLink
from vault.tenancy.scopes import scope_of_person
from vault.tenancy.sessions import SignIn


def create(session: Session, scope: Scope, person: Person, policy: People) -> str:
    """A new link's secret part, shown once; links made before for that person no longer work."""
    now = clock.now()
    open_ = update(SignInLink).where(SignInLink.person_id == person.id, SignInLink.used_at.is_(None))
    session.execute(open_.values(used_at=now))
    secret = secrets.token_urlsafe(32)
    expires_at = now + timedelta(hours=policy.sign_in_link_hours)
    session.add(SignInLink(digest=_digest(secret), person_id=person.id, created_at=now, expires_at=expires_at))
    item = f"person:{person.id}"
    audit.record(session, scope, "sign-in-link.made", facility_id=person.facility_id, items=[item])
    return secret


def open_for(session: Session, person: Person) -> bool:
    """Whether the person has a link that still works."""
    mine = select(SignInLink.id).where(
        SignInLink.person_id == person.id, SignInLink.used_at.is_(None), SignInLink.expires_at > clock.now()
    )
    return session.scalar(mine.limit(1)) is not None


def peek(session: Session, secret: str) -> Person:
    """Whom the link would sign in, without using it up (a mail scanner may look); NotFound for a worthless one."""
    statement = (
        select(Person)
        .join(SignInLink, SignInLink.person_id == Person.id)
        .where(
            SignInLink.digest == _digest(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > clock.now(),
            Person.disabled_at.is_(None),
        )
    )
    person = session.scalar(statement)
    if person is None:
        raise NotFound("link_used")
    return person


def follow(session: Session, secret: str, policy: People) -> SignIn:
    """Sign in by the link, for one caller once; the sign-in owes a new password. NotFound for any other."""
    person = peek(session, secret)
    unused = update(SignInLink).where(SignInLink.digest == _digest(secret), SignInLink.used_at.is_(None))
    if not count_changed(session, unused.values(used_at=clock.now())):
        raise NotFound("link_used")
    audit.record(session, scope_of_person(session, person), "signed-in", why="sign-in link")
    return sessions.start(session, person, policy, must_set_password=True)


def set_password(session: Session, signed_in: SignIn, password_hash: str, policy: People) -> SignIn:
    """Pay what the sign-in owes: the password is set, every other sign-in of the person ends, the cookie is new."""
    row, person = signed_in.row, signed_in.person
    person.password, row.must_set_password = password_hash, False
    sessions.end_all(session, person.id, but=row.id)
    audit.record(session, scope_of_person(session, person), "person.password-set")
    fresh = sessions.renewed(row)
    session.flush()
    return SignIn(row, person, sessions.standing_of(row, person, policy), fresh)


def forget_old(session: Session) -> None:
    """Drop links that have been worth nothing for a month."""
    session.execute(delete(SignInLink).where(SignInLink.expires_at < clock.now() - sessions.KEPT))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
