"""The shared screen: locks when idle, reopens by a PIN of its own facility, ends after five wrong ones."""

from datetime import timedelta

import pytest

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import PASSWORD, PIN, POLICY, STRICT, at_once, known, person, staffed
from vault.base.database import Database
from vault.base.errors import Denied, NotSignedIn
from vault.base.scope import Role, Scope
from vault.tenancy import people, sessions, shared_screen
from vault.tenancy.sessions import SignIn, Standing
from vault.tenancy.sign_in import sign_in

IDLE = timedelta(seconds=POLICY.idle_lock_seconds)


@pytest.fixture
def screen(database: Database, clock: HeldClock) -> str:
    """The cookie of a shared screen that aoba's nurse opened."""
    staffed(database)
    staffed(database, "midori")
    made = sign_in(database, "aoba-nurse", PASSWORD, POLICY)
    assert made.cookie is not None
    with database.transaction() as session:
        return shared_screen.share(session, sessions.session_for(session, made.cookie, POLICY))


def standing(database: Database, cookie: str) -> Standing:
    with database.read() as session:
        return sessions.session_for(session, cookie, POLICY).standing


def touch(database: Database, cookie: str) -> bool:
    with database.transaction() as session:
        return sessions.touch(session, sessions.session_for(session, cookie, POLICY).row, POLICY)


def lock(database: Database, cookie: str) -> None:
    with database.transaction() as session:
        shared_screen.lock(session, sessions.session_for(session, cookie, POLICY))


def reopen(database: Database, cookie: str, login: str = "aoba-nurse", pin: str = PIN) -> SignIn:
    return shared_screen.reopen(database, cookie, login, pin, POLICY)


def test_it_locks_when_idle_and_touching_comes_too_late(database: Database, screen: str, clock: HeldClock) -> None:
    clock.forward(IDLE - timedelta(seconds=1))
    assert standing(database, screen) is Standing.OPEN
    assert touch(database, screen)
    assert not touch(database, screen)
    clock.forward(IDLE)
    assert standing(database, screen) is Standing.OPEN
    clock.forward(timedelta(seconds=1))
    assert standing(database, screen) is Standing.LOCKED
    assert not touch(database, screen)
    assert standing(database, screen) is Standing.LOCKED


def test_a_sign_in_that_is_not_shared_does_not_lock(database: Database, screen: str, clock: HeldClock) -> None:
    own = sign_in(database, "aoba-nurse", PASSWORD, POLICY).cookie
    assert own is not None
    clock.forward(IDLE * 2)
    lock(database, own)
    assert standing(database, own) is Standing.OPEN


def test_the_pin_reopens_it_with_a_new_cookie(database: Database, screen: str) -> None:
    lock(database, screen)
    opened = reopen(database, screen)
    assert (opened.standing, opened.person.login) == (Standing.OPEN, "aoba-nurse")
    assert opened.cookie not in (None, screen)
    with pytest.raises(NotSignedIn):
        standing(database, screen)


def test_another_person_of_the_facility_takes_it_over_and_owes_their_own_second_factor(
    database: Database, screen: str
) -> None:
    lock(database, screen)
    opened = shared_screen.reopen(database, screen, "aoba-admin", PIN, STRICT)
    assert (opened.person.login, opened.standing) == ("aoba-admin", Standing.ENROL)
    assert opened.row.shared


@pytest.mark.parametrize(
    ("login", "pin"),
    [("aoba-nurse", "0000"), ("midori-nurse", PIN), ("nobody", PIN), ("aoba-nurse", ""), ("provider", PIN)],
)
def test_a_wrong_pin_and_a_stranger_look_the_same(database: Database, screen: str, login: str, pin: str) -> None:
    with database.transaction() as session:
        person(session, "provider", Role.ADMIN)
    lock(database, screen)
    with pytest.raises(NotSignedIn) as told:
        reopen(database, screen, login, pin)
    assert (told.value.reason, told.value.values) == ("wrong_pin", {"left": 4})
    assert standing(database, screen) is Standing.LOCKED


def test_five_wrong_pins_end_it_and_a_right_one_between_starts_anew(database: Database, screen: str) -> None:
    lock(database, screen)
    for _ in range(4):
        with pytest.raises(NotSignedIn):
            reopen(database, screen, pin="0000")
    opened = reopen(database, screen)
    assert opened.cookie is not None
    lock(database, opened.cookie)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            reopen(database, opened.cookie, pin="0000")
    with pytest.raises(NotSignedIn, match="session"):
        reopen(database, opened.cookie)
    with pytest.raises(NotSignedIn, match="session"):
        standing(database, opened.cookie)


def test_pins_tried_at_once_count_like_pins_tried_one_by_one(sqlite_url: str, clock: HeldClock) -> None:
    database = Database(sqlite_url)
    staffed(database)
    made = sign_in(database, "aoba-nurse", PASSWORD, POLICY)
    assert made.cookie is not None
    with database.transaction() as session:
        cookie = shared_screen.share(session, sessions.session_for(session, made.cookie, POLICY))
    lock(database, cookie)
    told = at_once(12, lambda number: reopen(database, cookie, pin=f"{number:04}"))
    assert sorted(str(each).split(":")[0] for each in told) == ["session"] * 7 + ["wrong_pin"] * 5
    database.close()


def test_an_open_screen_does_not_take_pins(database: Database, screen: str) -> None:
    with pytest.raises(NotSignedIn, match="session"):
        reopen(database, screen, "aoba-admin")


def test_the_names_to_tap_are_those_of_the_facility_with_a_pin(database: Database, screen: str) -> None:
    with database.transaction() as session:
        nurse, admin = known(session, "aoba-nurse"), known(session, "aoba-admin")
        scope = Scope.system(nurse.facility_id)
        assert {face.login for face in shared_screen.faces(session, scope)} == {"aoba-nurse", "aoba-admin"}
        people.set_pin(session, Scope.system(), admin, None)
        assert [face.login for face in shared_screen.faces(session, scope)] == ["aoba-nurse"]
        people.disable(session, Scope.system(), nurse)
        assert shared_screen.faces(session, scope) == []


def test_the_provider_s_screens_are_not_shared(database: Database, screen: str) -> None:
    with database.transaction() as session:
        admin = sessions.start(session, person(session, "provider", Role.ADMIN), POLICY)
        with pytest.raises(Denied):
            shared_screen.share(session, admin)
