"""The ground under the tests: fresh databases, an empty Redis, a held clock, a closed network."""

import socket
from datetime import timedelta

import pytest
import redis
from sqlalchemy import inspect, text

from portal.migrations import differences, is_current
from tests.services.clock import START, HeldClock
from tests.services.loopback import OutsideAddress
from vault.base import clock as house_clock
from vault.base.database import Base, Database


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_migrated_database_of_its_own(database: Database, turn: int) -> None:
    with database.transaction() as session:
        session.execute(text("CREATE TABLE footprint (id INTEGER)"))
    assert set(Base.metadata.tables) <= set(inspect(database.engine).get_table_names())


def test_the_migrations_lead_to_the_tables_of_the_models(database: Database) -> None:
    assert differences(database) == [], "write a migration: see portal/migrations"
    assert is_current(database)


@pytest.mark.redis
@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_redis(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("footprint", turn)


def test_the_clock_stands_still_until_it_is_moved(clock: HeldClock) -> None:
    assert house_clock.now() == house_clock.now() == START
    clock.forward(timedelta(days=31))
    assert house_clock.now() == START + timedelta(days=31)


def test_no_test_leaves_this_machine() -> None:
    with pytest.raises(OutsideAddress), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(OutsideAddress):
        socket.getaddrinfo("example.com", 443)
