"""The secrets of second factors: sealed for one person each, wrapped anew when the provider key is rotated."""

from typing import cast

import pyotp
import pytest

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import known, staffed
from vault.base.database import Database
from vault.base.errors import Unavailable
from vault.store.keys import KeyRing
from vault.tenancy import sealed_secrets, second_factor
from vault.tenancy.models import Person

LOGIN, OTHER = "aoba-admin", "aoba-nurse"
OLD = KeyRing({"k1": b"1" * 32})
BOTH = KeyRing({"k1": b"1" * 32, "k2": b"2" * 32})
NEW = KeyRing({"k2": b"2" * 32})


@pytest.fixture(autouse=True)
def people(database: Database, clock: HeldClock) -> None:
    staffed(database)


def kept(database: Database, login: str = LOGIN) -> str:
    with database.read() as session:
        return cast("str", known(session, login).totp_secret)


def enrol(database: Database, login: str = LOGIN) -> str:
    with database.transaction() as session:
        return second_factor.enrol(session, OLD, known(session, login), "Kura").secret


def test_the_database_alone_gives_no_code(database: Database) -> None:
    secret = enrol(database)
    assert secret not in kept(database)
    with database.read() as session:
        assert sealed_secrets.opened(OLD, known(session, LOGIN)) == secret


def test_what_is_sealed_for_one_person_is_nobody_elses(database: Database) -> None:
    enrol(database)
    with database.transaction() as session:
        known(session, OTHER).totp_secret = known(session, LOGIN).totp_secret
    with database.read() as session, pytest.raises(Unavailable):
        sealed_secrets.opened(OLD, known(session, OTHER))


def test_without_its_provider_key_it_does_not_open(database: Database) -> None:
    enrol(database)
    with database.read() as session, pytest.raises(Unavailable):
        sealed_secrets.opened(NEW, known(session, LOGIN))


@pytest.mark.parametrize("damaged", ["k1:", "k1:not base64", "k1:AAAA"])
def test_what_was_altered_is_refused(database: Database, damaged: str) -> None:
    with database.transaction() as session:
        known(session, LOGIN).totp_secret = damaged
    with database.read() as session, pytest.raises(Unavailable):
        sealed_secrets.opened(OLD, known(session, LOGIN))


def test_what_an_older_kura_left_open_is_sealed_and_stays_the_same(database: Database) -> None:
    secret = pyotp.random_base32()
    with database.transaction() as session:
        known(session, LOGIN).totp_secret = secret
    assert sealed_secrets.seal_all(database, OLD) == 1
    assert secret not in kept(database)
    with database.read() as session:
        assert sealed_secrets.opened(OLD, known(session, LOGIN)) == secret
    assert sealed_secrets.seal_all(database, OLD) == 0


def test_a_new_provider_key_takes_every_secret_over(database: Database) -> None:
    secrets = {login: enrol(database, login) for login in (LOGIN, OTHER)}
    with database.read() as session:
        assert sealed_secrets.by_key(session) == {"k1": 2}
    assert sealed_secrets.seal_all(database, BOTH) == 2
    with database.read() as session:
        assert sealed_secrets.by_key(session) == {"k2": 2}
        assert {login: sealed_secrets.opened(NEW, known(session, login)) for login in secrets} == secrets


def test_nobody_without_a_second_factor_is_touched(database: Database) -> None:
    assert sealed_secrets.seal_all(database, OLD) == 0
    with database.read() as session:
        assert {one.totp_secret for one in session.query(Person)} == {None}
