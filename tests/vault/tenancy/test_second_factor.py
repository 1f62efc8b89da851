"""The second factor: codes count once, guessing ends, a lost telephone is not the end."""

from datetime import timedelta

import pyotp
import pytest

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import PASSWORD, POLICY, STRICT, at_once, known, staffed
from vault.base import clock as clock_
from vault.base.database import Database
from vault.base.errors import Conflict, Denied, Invalid, NotSignedIn, TooMany
from vault.base.scope import Scope
from vault.store.keys import KeyRing
from vault.tenancy import second_factor, sessions
from vault.tenancy.models import Person
from vault.tenancy.scopes import scope_of_person
from vault.tenancy.sessions import SignIn, Standing
from vault.tenancy.sign_in import sign_in

LOGIN = "aoba-admin"
KEYS = KeyRing({"k1": b"k" * 32})


def code(secret: str, drift: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock_.now() + timedelta(seconds=drift))


@pytest.fixture
def enrolled(database: Database, clock: HeldClock) -> tuple[str, list[str]]:
    """The secret and the recovery codes of aoba's administrator, whose first code is used up; a minute later."""
    staffed(database)
    first = sign_in(database, LOGIN, PASSWORD, STRICT)
    assert first.cookie is not None
    with database.transaction() as session:
        owing = sessions.session_for(session, first.cookie, STRICT)
        secret = second_factor.enrol(session, KEYS, owing.person, "Kura").secret
        fresh, codes = second_factor.confirm(session, KEYS, owing.row, owing.person, code(secret))
        assert sessions.session_for(session, fresh, STRICT).standing is Standing.OPEN
    clock.forward(timedelta(minutes=1))
    return secret, codes


def cookie(database: Database) -> str:
    made = sign_in(database, LOGIN, PASSWORD, STRICT)
    assert made.standing is Standing.SECOND_FACTOR
    assert made.cookie is not None
    return made.cookie


def present(database: Database, shown: str, at: str | None = None) -> SignIn:
    return second_factor.present(database, KEYS, at or cookie(database), shown, STRICT)


def test_a_right_code_opens_the_sign_in_with_a_new_cookie(database: Database, enrolled: tuple[str, list[str]]) -> None:
    before = cookie(database)
    opened = present(database, code(enrolled[0]), before)
    assert opened.standing is Standing.OPEN
    assert opened.cookie not in (None, before)
    with database.read() as session, pytest.raises(NotSignedIn):
        sessions.session_for(session, before, STRICT)


def test_a_code_counts_once(database: Database, enrolled: tuple[str, list[str]], clock: HeldClock) -> None:
    shown = code(enrolled[0])
    assert present(database, f"{shown[:3]} {shown[3:]}").standing is Standing.OPEN
    with pytest.raises(NotSignedIn, match="wrong_code"):
        present(database, shown)
    with pytest.raises(NotSignedIn):
        present(database, code(enrolled[0], -30))
    clock.forward(timedelta(seconds=30))
    assert present(database, code(enrolled[0])).standing is Standing.OPEN


def test_a_code_shown_twice_at_once_opens_one_sign_in(database: Database, enrolled: tuple[str, list[str]]) -> None:
    cookies, shown = [cookie(database), cookie(database)], code(enrolled[0])
    told = at_once(2, lambda number: present(database, shown, cookies[number]).standing)
    assert sorted(map(str, told)) == ["open", "wrong_code"]


@pytest.mark.parametrize(("drift", "right"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_clocks_may_differ_by_one_step(
    database: Database, enrolled: tuple[str, list[str]], drift: int, right: bool, clock: HeldClock
) -> None:
    clock.forward(timedelta(minutes=5))
    shown = code(enrolled[0], drift)
    if right:
        assert present(database, shown).standing is Standing.OPEN
    else:
        with pytest.raises(NotSignedIn):
            present(database, shown)


def test_each_of_ten_recovery_codes_counts_once(database: Database, enrolled: tuple[str, list[str]]) -> None:
    codes = enrolled[1]
    assert len(set(codes)) == 10
    assert present(database, codes[3].upper().replace("-", " ")).standing is Standing.OPEN
    with pytest.raises(NotSignedIn):
        present(database, codes[3])
    assert present(database, codes[4]).standing is Standing.OPEN
    with database.read() as session:
        assert second_factor.recovery_codes_left(session, known(session, LOGIN)) == 8


def test_fresh_recovery_codes_replace_the_old_ones(database: Database, enrolled: tuple[str, list[str]]) -> None:
    with database.transaction() as session:
        fresh = second_factor.fresh_recovery_codes(session, known(session, LOGIN))
    with pytest.raises(NotSignedIn):
        present(database, enrolled[1][0])
    assert present(database, fresh[0]).standing is Standing.OPEN


def test_after_five_wrong_codes_even_a_right_one_waits(
    database: Database, enrolled: tuple[str, list[str]], clock: HeldClock
) -> None:
    mine = cookie(database)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            present(database, "000000", mine)
    with pytest.raises(TooMany):
        present(database, code(enrolled[0]), mine)
    clock.forward(timedelta(minutes=15))
    assert present(database, code(enrolled[0]), mine).standing is Standing.OPEN


def test_whoever_has_one_owes_it_even_where_none_is_required(
    database: Database, enrolled: tuple[str, list[str]]
) -> None:
    assert sign_in(database, LOGIN, PASSWORD, POLICY).standing is Standing.SECOND_FACTOR


def test_confirming_ends_sign_ins_that_showed_none_and_cannot_be_done_again(
    database: Database, clock: HeldClock
) -> None:
    staffed(database)
    one, other = (sign_in(database, LOGIN, PASSWORD, STRICT).cookie for _ in range(2))
    assert one is not None
    assert other is not None
    with database.transaction() as session:
        owing = sessions.session_for(session, one, STRICT)
        secret = second_factor.enrol(session, KEYS, owing.person, "Kura").secret
        assert second_factor.enrol(session, KEYS, owing.person, "Kura").secret == secret
        with pytest.raises(Invalid):
            second_factor.confirm(session, KEYS, owing.row, owing.person, "000000")
        second_factor.confirm(session, KEYS, owing.row, owing.person, code(secret))
        with pytest.raises(NotSignedIn):
            sessions.session_for(session, other, STRICT)
        with pytest.raises(Conflict):
            second_factor.enrol(session, KEYS, owing.person, "Kura")


def test_a_lost_one_is_removed_by_the_provider_s_administrator(
    database: Database, enrolled: tuple[str, list[str]]
) -> None:
    def remove(scope: Scope, whose: Person) -> None:
        second_factor.remove(session, scope, whose)

    with database.transaction() as session:
        admin, nurse = known(session, LOGIN), known(session, "aoba-nurse")
        with pytest.raises(Denied):
            remove(scope_of_person(session, nurse), admin)
        remove(Scope.system(), admin)
    assert sign_in(database, LOGIN, PASSWORD, STRICT).standing is Standing.ENROL
