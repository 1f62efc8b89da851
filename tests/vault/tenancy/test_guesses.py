"""Guessing ends, for a login from an address, for an address, for a login; and shuts nobody out who sits elsewhere."""

import pytest

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import PASSWORD, POLICY, staffed
from vault.base.database import Database
from vault.base.errors import NotSignedIn, TooMany
from vault.tenancy import guesses
from vault.tenancy.sign_in import sign_in

CLINIC, STRANGER = "192.0.2.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def people(database: Database, clock: HeldClock) -> None:
    staffed(database)


def count(database: Database, login: str, address: str) -> None:
    """A wrong try, without the time that a password takes."""
    with database.transaction() as session:
        guesses.count_sign_in(session, login, address)


def test_a_stranger_who_guesses_elsewhere_shuts_nobody_out(database: Database) -> None:
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            sign_in(database, "aoba-nurse", "wrong", POLICY, STRANGER)
    with pytest.raises(TooMany):
        sign_in(database, "aoba-nurse", "wrong", POLICY, STRANGER)
    assert sign_in(database, "aoba-nurse", PASSWORD, POLICY, CLINIC)


def test_an_address_that_tries_many_logins_is_stopped(database: Database) -> None:
    for number in range(guesses.FROM_ONE_ADDRESS):
        count(database, f"login-{number}", STRANGER)
    with pytest.raises(TooMany):
        sign_in(database, "aoba-nurse", PASSWORD, POLICY, STRANGER)
    assert sign_in(database, "aoba-nurse", PASSWORD, POLICY, CLINIC)


def test_a_network_of_ipv6_counts_as_one_address(database: Database) -> None:
    for number in range(guesses.FROM_ONE_ADDRESS):
        count(database, f"login-{number}", f"2001:db8::{number:x}")
    with pytest.raises(TooMany):
        count(database, "another", "2001:db8::ffff:1")
    count(database, "another", "2001:db8:0:1::1")


def test_a_login_that_is_guessed_from_everywhere_is_stopped(database: Database) -> None:
    for number in range(guesses.FROM_ANYWHERE):
        count(database, "aoba-nurse", f"198.51.{number // 250}.{number % 250}")
    with pytest.raises(TooMany):
        count(database, "aoba-nurse", CLINIC)


def test_right_sign_ins_count_against_nobody(database: Database) -> None:
    for _ in range(guesses.FROM_ONE_ADDRESS + 5):
        with database.transaction() as session:
            guesses.count_sign_in(session, "aoba-nurse", CLINIC)
            guesses.forget_sign_in(session, "aoba-nurse", CLINIC)
    assert sign_in(database, "aoba-nurse", PASSWORD, POLICY, CLINIC)


def test_what_somebody_types_as_a_login_counts_for_no_other(database: Database) -> None:
    for number in range(30):
        count(database, f"near:{CLINIC} aoba-nurse", f"198.51.100.{number}")
        count(database, f"from:{CLINIC}", f"198.51.101.{number}")
    assert sign_in(database, "aoba-nurse", PASSWORD, POLICY, CLINIC)
