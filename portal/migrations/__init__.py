"""Migrations: the database's shape, step by step, brought up to date by `kura init` and `kura serve`."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from portal.tables import METADATA
from vault.base.database import Database

FOLDER = Path(__file__).parent


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database to the newest shape, or to an older one; each step is one transaction, none is done twice."""
    with database.engine.begin() as connection:
        command.upgrade(_config(connection), revision)


def is_current(database: Database) -> bool:
    """Whether the database has the shape that this version of Kura expects."""
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == ScriptDirectory.from_config(_config(None)).get_current_head()


def knows(revision: str) -> bool:
    """Whether this version of Kura can bring a database of that shape up to date."""
    return revision in {step.revision for step in ScriptDirectory.from_config(_config(None)).walk_revisions()}


def differences(database: Database) -> list[object]:
    """Where the database's shape and the models differ; empty when the migrations are complete."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, METADATA))


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
