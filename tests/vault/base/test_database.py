"""The database promises the same on SQLite and PostgreSQL."""

import unicodedata
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import at_once, facility, undone
from vault.base import jobs
from vault.base.database import Database, insert_if_absent, wake_after_commit
from vault.base.scope import Scope
from vault.tenancy import facilities
from vault.tenancy.models import Facility, Space


def test_what_a_block_changed_is_there_after_it(database: Database) -> None:
    with database.transaction() as session:
        facility(session)
    with database.read() as session:
        assert session.scalars(select(Facility.code)).all() == ["aoba"]


def test_an_error_undoes_the_whole_block(database: Database) -> None:
    with undone(database) as session:
        facility(session)
    with database.read() as session:
        assert session.scalars(select(Facility)).all() == []


def test_what_a_reader_changes_is_undone_and_what_it_loaded_stays_readable(database: Database) -> None:
    with database.transaction() as session:
        facility(session)
    with database.read() as session:
        row = session.scalars(select(Facility)).one()
        row.name = "another"
        session.flush()
    assert row.code == "aoba"
    with database.read() as session:
        assert session.scalars(select(Facility.name)).one() == "Aoba"


def test_text_comes_back_composed_however_it_was_typed(database: Database) -> None:
    decomposed = unicodedata.normalize("NFD", "クリニック ガーゼ é")
    with database.transaction() as session:
        facilities.make(session, Scope.system(), code="f", name=decomposed, capacity=1)
    with database.read() as session:
        name = session.scalars(select(Facility.name)).one()
        assert name == unicodedata.normalize("NFC", decomposed) != decomposed
        assert session.scalars(select(Facility).where(Facility.name == decomposed)).one().code == "f"


def test_times_come_back_aware_and_the_same(database: Database, clock: HeldClock) -> None:
    at = clock.forward(timedelta(microseconds=123456))
    with database.transaction() as session:
        facility(session)
    with database.read() as session:
        assert session.scalars(select(Facility.created_at)).one() == at


def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"), database.read() as session:
        session.scalars(select(Facility).where(Facility.created_at == datetime(2026, 1, 1))).all()  # noqa: DTZ001


def test_an_insert_that_somebody_else_made_is_told(database: Database) -> None:
    with database.transaction() as session:
        row = facility(session)
        values = {"facility_id": row.id, "target_id": "t", "capacity": 5, "used": 0, "reserved": 0}
        assert insert_if_absent(session, Space, **values)
        assert not insert_if_absent(session, Space, **values)


def test_writers_at_once_all_get_their_turn(database: Database) -> None:
    with database.transaction() as session:
        row = facility(session)

    def add(_: int) -> None:
        for _ in range(5):
            with database.transaction() as session:
                mine = select(Space).where(Space.facility_id == row.id).with_for_update()
                session.scalars(mine).one().used += 1

    assert at_once(6, add) == [None] * 6
    with database.read() as session:
        assert session.scalars(select(Space.used)).one() == 30


def test_two_processes_wait_for_each_other_on_sqlite(sqlite_url: str) -> None:
    """Two engines on one file are what two processes are: neither sees the other's lock in memory."""
    one, two = Database(sqlite_url), Database(sqlite_url)

    def add(number: int) -> None:
        for _ in range(10):
            with (one, two)[number].transaction() as session:
                count = session.scalar(text("SELECT coalesce(max(number), 0) FROM notices")) or 0
                session.execute(
                    text(
                        'INSERT INTO notices (number, audience, kind, subject_id, "values", created_at)'
                        " VALUES (:n, 'a', 'k', 's', '{}', '2026-01-01 00:00:00')"
                    ),
                    {"n": count + 1},
                )

    assert at_once(2, add) == [None, None]
    with one.read() as session:
        assert session.scalar(text("SELECT count(*) FROM notices")) == 20
    one.close()
    two.close()


def test_sqlite_keeps_what_it_acknowledged(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as session:
        asked = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_transaction_inside_one_of_the_same_thread_is_told_on_sqlite(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.transaction(), pytest.raises(RuntimeError, match="inside"), database.transaction():
        pass
    database.close()


def test_workers_are_woken_once_a_queue_and_only_for_what_is_durable(database: Database) -> None:
    woken: list[tuple[str, int]] = []

    def on_wake(queue: str) -> None:
        with database.read() as session:
            woken.append((queue, len(session.scalars(select(Facility)).all())))

    database.on_wake = on_wake
    with database.transaction() as session:
        facility(session)
        wake_after_commit(session, jobs.Queue.MEDIA.value)
        wake_after_commit(session, jobs.Queue.MEDIA.value)
    with undone(database) as session:
        wake_after_commit(session, jobs.Queue.SWEEP.value)
    assert woken == [("media", 1)]
