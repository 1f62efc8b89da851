"""A private PostgreSQL: own folder, own socket, no port, nothing kept; one fresh database for each test."""

import itertools
import shutil
import signal
import tempfile
from pathlib import Path

import psycopg

from tests.services import schema
from tests.services.process import Server, is_root, run_as

# Nothing here outlives the run, so nothing waits for the disk.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
INITDB = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
TEMPLATE = "kura_template"


class PostgreSQL:
    """A running server; `create()` gives the URL of a new, migrated database."""

    def __init__(self, postgres: Path) -> None:
        user = "postgres" if is_root() else None
        # Short: the path of a Unix socket holds 107 characters at most.
        self._folder = Path(tempfile.mkdtemp(prefix="kura-pg-"))
        if user:
            shutil.chown(self._folder, user, user)
        data = self._folder / "data"
        run_as(user, [postgres.parent / "initdb", "-D", data, "-U", "postgres", *INITDB])
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._server = Server(
            [postgres, "-D", data, "-k", self._folder, *options],
            log=self._folder.parent / f"{self._folder.name}.log",
            user=user,
            ending=signal.SIGQUIT,
        )
        self._server.wait_until(self._answers)
        self._admin = psycopg.connect(self._dsn("postgres"), autocommit=True)
        self._admin.execute(f"CREATE DATABASE {TEMPLATE}")
        schema.build(self.url(TEMPLATE))
        self._numbers = itertools.count(1)

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of database `name`."""
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def create(self) -> str:
        """A new database, a copy of the migrated template; returns its name."""
        name = f"test_{next(self._numbers)}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY = FILE_COPY")
        return name

    def create_empty(self) -> str:
        """A new database without a table; returns its name."""
        name = f"empty_{next(self._numbers)}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY = FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Remove it, whoever is still connected."""
        self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and remove its folder."""
        self._admin.close()
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.with_name(f"{self._folder.name}.log").unlink(missing_ok=True)

    def _dsn(self, name: str) -> str:
        return f"host={self._folder} user=postgres dbname={name}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._dsn("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True
