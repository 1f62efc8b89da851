"""Facilities and people for tests of the ground floor, made as the product makes them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from sqlalchemy.orm import Session

from vault.base.database import Database
from vault.base.scope import Role, Scope
from vault.base.settings import People
from vault.tenancy import facilities, logins, passwords, people
from vault.tenancy.models import Facility, Person

POLICY = People(totp_required=False)
STRICT = People(totp_required=True)
PASSWORD = "correct horse battery"
PASSWORD_HASH = passwords.hashed(PASSWORD)
PIN = "2468"
PIN_HASH = passwords.hashed_pin(PIN)


def facility(session: Session, code: str = "aoba", capacity: int = 1000) -> Facility:
    """A facility with an empty area of `capacity` bytes."""
    return facilities.make(session, Scope.system(), code=code, name=code.title(), capacity=capacity)


def person(session: Session, login: str = "nurse", role: Role = Role.STAFF, facility_id: str | None = None) -> Person:
    """Somebody with `PASSWORD` and, at a facility, `PIN`."""
    made = people.add(
        session, Scope.system(), login=login, role=role, facility_id=facility_id, password_hash=PASSWORD_HASH
    )
    if facility_id is not None:
        people.set_pin(session, Scope.system(), made, PIN_HASH)
    return made


def known(session: Session, login: str) -> Person:
    """The person of that login."""
    found = logins.person_by(session, login)
    assert found is not None
    return found


class _Undo(Exception):
    """What undoes a block."""


@contextmanager
def undone(database: Database) -> Iterator[Session]:
    """A transaction that ends by an error."""
    try:
        with database.transaction() as session:
            yield session
            raise _Undo
    except _Undo:
        return


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """What `act` returned or raised in each of `count` threads that set off together."""
    gate = Barrier(count)

    def one(number: int) -> object:
        gate.wait()
        try:
            return act(number)
        except Exception as problem:
            return problem

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def staffed(database: Database, code: str = "aoba") -> Scope:
    """A facility with a nurse `CODE-nurse` and an administrator `CODE-admin`; the system's scope of its area."""
    with database.transaction() as session:
        made = facility(session, code)
        person(session, f"{code}-nurse", Role.STAFF, made.id)
        person(session, f"{code}-admin", Role.FACILITY_ADMIN, made.id)
        return Scope.system(made.id)
