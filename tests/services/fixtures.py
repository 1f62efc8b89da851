"""Fixtures of the services: a database for each test on both engines, Redis, the browser's program."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import needed, schema
from tests.services.postgresql import PostgreSQL
from tests.services.redis_server import RedisServer
from tests.services.seaweedfs import SeaweedFS
from vault.base.database import Database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "kura.sqlite"
    schema.build(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database in the test's own folder."""
    path = tmp_path / "kura.sqlite"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    """The private PostgreSQL of this process."""
    server = PostgreSQL(needed.POSTGRESQL.need())
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgresql_url(postgresql_server: PostgreSQL) -> Iterator[str]:
    """A fresh migrated PostgreSQL database, gone after the test."""
    name = postgresql_server.create()
    yield postgresql_server.url(name)
    postgresql_server.drop(name)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """Another database of the same engine as `database_url`, in which nothing was made yet."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql_server")
    name = server.create_empty()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database: the test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The open database of `database_url`, closed after the test."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The private Redis of this process."""
    server = RedisServer(needed.REDIS.need())
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis."""
    redis_server.empty()
    return redis_server.url


@pytest.fixture(scope="session")
def s3_server() -> Iterator[SeaweedFS]:
    """The private S3 server of this process."""
    server = SeaweedFS(needed.SEAWEEDFS.need())
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Chromium's program, for Playwright's `executable_path`."""
    return str(needed.CHROMIUM.need())
