"""The filing database: SQLite in WAL with synchronous FULL, so what a row says survives a power cut."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capture_client.errors import CaptureError

LAYOUT = 1
TABLES = """
create table if not exists exams (
    key text primary key, patient_id text not null, performed_at text not null, kind text not null,
    note text not null, scope_model text not null, scope_serial text not null, person text not null,
    state text not null, portal_id text not null default '',
    refusal text not null default '', refused_under text not null default ''
) strict;
create index if not exists exams_by_state on exams (state, performed_at);
create table if not exists images (
    exam text not null references exams (key), name text not null, sha256 text not null, size integer not null,
    captured_at text, primary key (exam, name)
) strict, without rowid;
create index if not exists images_by_digest on images (sha256);
create table if not exists runs (
    id text primary key, trigger text not null, began_at text not null,
    ended_at text, outcome text, images integer not null default 0
) strict;
create table if not exists facts (name text primary key, value text not null) strict, without rowid;
"""


class FilingDatabase:
    """One connection, used by one thread at a time; commands of several processes may hold one each."""

    def __init__(self, path: Path) -> None:
        self._one_at_a_time = threading.RLock()
        self.connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        for setting in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
            self.connection.execute(f"pragma {setting}")
        layout = self.connection.execute("pragma user_version").fetchone()[0]
        if layout > LAYOUT:
            raise CaptureError("error", detail=f"filing.sqlite has layout {layout}; this program knows {LAYOUT}")
        self.connection.executescript(TABLES)
        self.connection.execute(f"pragma user_version = {LAYOUT}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block or none of it; takes the write lock at once, so that no read in it goes stale."""
        with self._one_at_a_time:
            self.connection.execute("begin immediate")
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("rollback")
                raise
            self.connection.execute("commit")

    def rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """What a select finds."""
        with self._one_at_a_time:
            return self.connection.execute(statement, values).fetchall()

    def fact(self, name: str) -> str | None:
        """A remembered value, such as the plan's ETag."""
        found = self.rows("select value from facts where name = ?", name)
        return str(found[0]["value"]) if found else None

    def remember(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        with self.transaction() as connection:
            connection.execute("insert or replace into facts values (?, ?)", (name, value))

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()
