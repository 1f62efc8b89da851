"""The migrated schema that every test's database is a copy of."""

from portal.migrations import upgrade
from vault.base.database import Database


def build(url: str) -> None:
    """Bring the empty database at `url` to the present schema."""
    database = Database(url)
    try:
        upgrade(database)
    finally:
        database.close()
