"""API tokens: shown once, kept as a digest, refused from the moment they should be."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import known, staffed
from vault.base.database import Database
from vault.base.errors import NotSignedIn
from vault.base.scope import Role, Scope
from vault.tenancy import devices, people, tokens
from vault.tenancy.models import Device, Token


@pytest.fixture
def issued(database: Database) -> str:
    """A token of aoba's nurse."""
    staffed(database)
    with database.transaction() as session:
        nurse = known(session, "aoba-nurse")
        return tokens.create(session, Scope.system(), nurse, label="test")


def refused(database: Database, token: str) -> bool:
    with database.read() as session:
        try:
            tokens.scope_for_token(session, token)
        except NotSignedIn:
            return True
    return False


def test_a_token_opens_its_holder_s_scope_and_only_its_digest_is_kept(database: Database, issued: str) -> None:
    assert re.fullmatch(r"kura_[A-Za-z0-9_-]{43}", issued)
    with database.read() as session:
        scope = tokens.scope_for_token(session, issued)
        assert (scope.login, scope.role) == ("aoba-nurse", Role.STAFF)
        kept = session.scalars(select(Token)).one()
        assert issued not in repr(vars(kept))
        assert len(kept.digest) == 64


@pytest.mark.parametrize("token", ["", "kura_", "kura_" + "x" * 43, "x" * 100_000, "トークン"])
def test_a_wrong_token_is_refused(database: Database, issued: str, token: str) -> None:
    assert refused(database, token)


def test_a_revoked_token_is_refused_at_once_and_a_new_one_works(database: Database, issued: str) -> None:
    with database.transaction() as session:
        nurse = known(session, "aoba-nurse")
        assert tokens.revoke(session, Scope.system(), nurse) == 1
        assert tokens.revoke(session, Scope.system(), nurse) == 0
        again = tokens.create(session, Scope.system(), nurse)
    assert refused(database, issued)
    assert not refused(database, again)


def test_a_disabled_holder_s_token_is_refused_until_they_are_back(database: Database, issued: str) -> None:
    with database.transaction() as session:
        nurse = known(session, "aoba-nurse")
        people.disable(session, Scope.system(), nurse)
    assert refused(database, issued)
    with database.transaction() as session:
        nurse = known(session, "aoba-nurse")
        people.enable(session, Scope.system(), nurse)
    assert not refused(database, issued)


def test_basic_sign_in_needs_the_login_that_the_token_is_of(database: Database, issued: str) -> None:
    with database.read() as session:
        assert tokens.scope_for_token(session, issued, login="aoba-nurse").login == "aoba-nurse"
        with pytest.raises(NotSignedIn):
            tokens.scope_for_token(session, issued, login="aoba-admin")


def test_use_is_noted_at_most_once_a_minute_and_a_device_is_seen(database: Database, clock: HeldClock) -> None:
    area = staffed(database)
    with database.transaction() as session:
        token = tokens.create(session, area, devices.add(session, area, login="room-1"))
    notes = []
    for _ in range(3):
        with database.read() as session:
            use = tokens.identify(session, token)
        notes.append(use.note)
        with database.transaction() as session:
            tokens.note_use(session, use.token_id)
        clock.forward(timedelta(seconds=40))
    assert notes == [True, False, True]
    with database.read() as session:
        assert session.scalars(select(Device.seen_at)).one() == clock.forward(timedelta(seconds=-40))
