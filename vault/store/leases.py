"""
The lease of a system backup: while it runs no pack and no key is deleted, so that all it has yet to copy stays.

There is one row, for one backup at a time. Whoever is about to delete locks that row in its own transaction:
either the backup's snapshot sees what was done, or the lease is seen. A backup that is killed renews nothing, and a
few minutes later everything goes on.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from vault.base import clock, ids
from vault.base.database import Database, count_changed, insert_if_absent
from vault.base.errors import Conflict
from vault.store.models import PackLease

LEASE = timedelta(minutes=5)
BACKUP = "backup"


def until(session: Session) -> datetime | None:
    """Until when nothing may be deleted, for now; None where anything may. Locks the answer until the commit."""
    found = session.scalar(select(PackLease.until).where(PackLease.name == BACKUP).with_for_update())
    return found if found is not None and found > clock.now() else None


def last_whole(session: Session) -> datetime | None:
    """When the last backup was whole; None before the first."""
    return session.scalar(select(PackLease.finished_at).where(PackLease.name == BACKUP))


def last_place(session: Session) -> str | None:
    """Where the last whole backup went; None before the first."""
    return session.scalar(select(PackLease.place).where(PackLease.name == BACKUP))


def require_none(session: Session) -> None:
    """Conflict (`backup_runs`) while a backup runs."""
    if until(session) is not None:
        raise Conflict("backup_runs")


class Lease:
    """The lease of one backup."""

    def __init__(self, database: Database, holder: str) -> None:
        self._database, self._holder = database, holder

    def renew(self) -> None:
        """Hold it for longer; Conflict (`lease_lost`) once it ran out: something may have been deleted since."""
        with self._database.transaction() as session:
            still = self._mine().where(PackLease.until > clock.now()).values(until=clock.now() + LEASE)
            if not count_changed(session, still):
                raise Conflict("lease_lost")

    def give_back(self, session: Session) -> None:
        """From this commit on things are deleted again."""
        session.execute(self._mine().values(until=None))

    def note_whole(self, session: Session, place: str) -> None:
        """Remember that a backup is whole now, and where."""
        session.execute(self._mine().values(finished_at=clock.now(), place=place))

    def _mine(self) -> Update:
        return update(PackLease).where(PackLease.name == BACKUP, PackLease.holder == self._holder)


@contextmanager
def taken(database: Database) -> Iterator[Lease]:
    """
    Hold the lease inside the block, renewed by itself.

    What a killed backup left is taken over: that none is running is for the caller to see to. One that runs all the
    same, elsewhere, is told so by its next `renew` and never counts as whole.
    """
    holder = ids.new()
    with database.transaction() as session:
        insert_if_absent(session, PackLease, name=BACKUP, holder="", taken_at=clock.now())
        mine = update(PackLease).where(PackLease.name == BACKUP)
        session.execute(mine.values(holder=holder, taken_at=clock.now(), until=clock.now() + LEASE))
    lease = Lease(database, holder)
    try:
        with _kept(lease):
            yield lease
    finally:
        with database.transaction() as session:
            lease.give_back(session)


@contextmanager
def _kept(lease: Lease) -> Iterator[None]:
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(LEASE.total_seconds() / 5):
            try:
                lease.renew()
            except Conflict:  # the backup itself asks before it counts as whole
                return

    thread = threading.Thread(target=renew, name="backup-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
