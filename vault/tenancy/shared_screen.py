"""The shared screen: it locks when idle and reopens by the PIN of a person of the same facility, drafts in place."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import Database
from vault.base.errors import Denied, NotSignedIn
from vault.base.scope import Role, Scope
from vault.base.settings import People
from vault.tenancy import passwords, sessions
from vault.tenancy.models import Person, SignInSession
from vault.tenancy.scopes import scope_of_person
from vault.tenancy.sessions import SignIn, Standing

WRONG_PINS = 5


def share(session: Session, signed_in: SignIn) -> str:
    """Make this browser a shared screen of its facility and return its new cookie. Denied to provider and patients."""
    if signed_in.person.facility_id is None or signed_in.person.role == Role.PATIENT:
        raise Denied("shared_screen")
    signed_in.row.shared = True
    cookie = sessions.renewed(signed_in.row)
    session.flush()
    return cookie


def lock(session: Session, signed_in: SignIn) -> None:
    """Lock now; drafts are the persons' rows and stay."""
    mine = update(SignInSession).where(SignInSession.id == signed_in.row.id, SignInSession.shared)
    session.execute(mine.where(SignInSession.locked_at.is_(None)).values(locked_at=clock.now()))


def faces(session: Session, scope: Scope) -> list[Person]:
    """Who can reopen a screen of the caller's facility: the names to tap, those with a PIN."""
    mine = select(Person).where(
        Person.facility_id == scope.area,
        Person.role.in_([Role.STAFF, Role.FACILITY_ADMIN]),
        Person.pin.is_not(None),
        Person.disabled_at.is_(None),
    )
    return list(session.scalars(mine.order_by(Person.name, Person.login)))


def reopen(database: Database, cookie: str, login: str, pin: str, policy: People) -> SignIn:
    """
    Open a locked screen as that person, with a new cookie; another person than before owes their own second factor.

    Raises NotSignedIn for a wrong PIN or a stranger; the fifth wrong one in a row ends the sign-in. It opens its own
    transactions, so that wrong tries stay counted.
    """
    with database.transaction() as session:
        row = _count_try(session, cookie, policy)
        person = _face(session, row, login)
        kept = None if person is None else person.pin
    if not passwords.matches(kept, pin):
        with database.transaction() as session:
            _end_after_last_try(session, row.id)
        raise NotSignedIn("wrong_pin", left=max(0, WRONG_PINS - row.pin_failures))
    with database.transaction() as session:
        locked = sessions.session_for(session, cookie, policy)
        person = _face(session, locked.row, login)
        if person is None or person.pin != kept:
            raise NotSignedIn("wrong_pin")
        return _hand_over(session, locked.row, person, policy)


def _count_try(session: Session, cookie: str, policy: People) -> SignInSession:
    """The locked sign-in, with this try counted before it is checked."""
    locked = sessions.session_for(session, cookie, policy)
    if locked.standing is not Standing.LOCKED or locked.row.pin_failures >= WRONG_PINS:
        raise NotSignedIn("session")
    counted = (
        update(SignInSession)
        .where(SignInSession.id == locked.row.id, SignInSession.pin_failures < WRONG_PINS)
        .values(pin_failures=SignInSession.pin_failures + 1, locked_at=locked.row.locked_at or clock.now())
        .returning(SignInSession)
        .execution_options(populate_existing=True)
    )
    row = session.scalar(counted)
    if row is None:
        raise NotSignedIn("session")
    return row


def _face(session: Session, row: SignInSession, login: str) -> Person | None:
    mine = select(Person).where(
        Person.login == login,
        Person.facility_id == row.facility_id,
        Person.role.in_([Role.STAFF, Role.FACILITY_ADMIN]),
        Person.disabled_at.is_(None),
    )
    return session.scalar(mine)


def _end_after_last_try(session: Session, sign_in_id: str) -> None:
    spent = update(SignInSession).where(SignInSession.id == sign_in_id, SignInSession.pin_failures >= WRONG_PINS)
    session.execute(spent.where(SignInSession.ended_at.is_(None)).values(ended_at=clock.now()))


def _hand_over(session: Session, row: SignInSession, person: Person, policy: People) -> SignIn:
    if person.id != row.person_id:
        row.second_factor_at = None
    row.person_id, row.locked_at, row.pin_failures, row.seen_at = person.id, None, 0, clock.now()
    cookie = sessions.renewed(row)
    session.flush()
    audit.record(session, scope_of_person(session, person), "screen.reopened")
    return SignIn(row, person, sessions.standing_of(row, person, policy), cookie)
