"""
The database at one moment, while others write to it: which packs it names, and all of its rows.

Both are read in one transaction that sees a single state. SQLite: the online backup API on that transaction's own
connection, into a file that is removed again. PostgreSQL: `pg_dump` on the snapshot that the transaction exports.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import DatabaseError

from vault.base.database import Database
from vault.base.errors import Unavailable
from vault.store.models import AreaKey, BlobRow, Find
from vault.system import postgresql

SQLITE = "sqlite"
_PAGES = 4096
Progress = Callable[[int, int], None]


class View:
    """One state of the database, for as long as it is held."""

    def __init__(self, connection: Connection, url: str) -> None:
        self._connection, self._url = connection, url
        self.engine = connection.dialect.name

    def schema(self) -> str:
        """The migration that the database is at."""
        return str(self._connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())

    def packs(self) -> list[tuple[str, str]]:
        """(area, pack) of every pack that a blob lies in, but for areas that were erased."""
        erased = select(AreaKey.facility_id).where(AreaKey.erased_at.is_not(None))
        named = select(BlobRow.facility_id, BlobRow.pack).where(BlobRow.facility_id.not_in(erased)).distinct()
        return sorted((area, pack) for area, pack in self._connection.execute(named))

    def healed(self) -> dict[tuple[str, str], datetime]:
        """(area, pack) of every pack that was healed, its bytes others than before, and when that was last."""
        last = select(Find.facility_id, Find.pack, func.max(Find.healed_at)).where(Find.healed_at.is_not(None))
        found = self._connection.execute(last.group_by(Find.facility_id, Find.pack))
        return {(area, pack): at for area, pack, at in found if at is not None}

    def areas(self, packs: list[tuple[str, str]]) -> list[str]:
        """Every area that has a key, or blobs that may have lost it; not those that were erased."""
        living = set(self._connection.execute(select(AreaKey.facility_id).where(AreaKey.erased_at.is_(None))).scalars())
        return sorted(living | {area for area, _ in packs})

    @contextmanager
    def dump(self, staging: Path, progress: Progress) -> Iterator[IO[bytes]]:
        """All rows, as a stream of bytes; `staging` is a folder on HOME's disk for what needs one."""
        with self._sqlite(staging, progress) if self.engine == SQLITE else self._postgresql() as stream:
            yield stream

    @contextmanager
    def _sqlite(self, staging: Path, progress: Progress) -> Iterator[IO[bytes]]:
        staging.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = staging / "kura.sqlite"
        source = cast(sqlite3.Connection, self._connection.connection.driver_connection)
        try:
            target = sqlite3.connect(path, isolation_level=None)
            try:
                target.execute("PRAGMA synchronous=OFF")
                source.backup(target, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total))
            finally:
                target.close()
            with path.open("rb") as stream:
                yield stream
        except sqlite3.Error as problem:
            reason = "backup_disk_full" if problem.sqlite_errorcode == sqlite3.SQLITE_FULL else "dump_failed"
            raise Unavailable(reason, place=str(staging), problem=str(problem)) from problem
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    @contextmanager
    def _postgresql(self) -> Iterator[IO[bytes]]:
        shared = self._connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        with postgresql.dumped(self._url, str(shared)) as stream:
            yield stream


@contextmanager
def view(database: Database) -> Iterator[View]:
    """One state of the database, seen while others go on writing."""
    options: dict[str, Any] = {"kura_write": False}
    if database.engine.dialect.name != SQLITE:
        options["isolation_level"] = "REPEATABLE READ"
    with database.engine.connect().execution_options(**options) as connection, connection.begin():
        yield View(connection, database.url)


def check_sqlite(path: Path) -> None:
    """Unavailable (`load_failed`) unless the file is a database without a fault."""
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as problem:
        raise Unavailable("load_failed", problem=str(problem)) from problem
    finally:
        connection.close()
    if found != "ok":
        raise Unavailable("load_failed", problem=str(found))


def is_empty(database: Database) -> bool:
    """Whether nothing was ever made in the database; Unavailable where it cannot be reached."""
    try:
        with database.engine.connect() as connection:
            return not inspect(connection).get_table_names()
    except DatabaseError as problem:
        raise Unavailable("database", problem=str(problem.orig)) from problem
