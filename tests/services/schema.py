"""The migrated schema that every test's database is a copy of."""

import portal.tables
from vault.base.database import Database


def build(url: str) -> None:
    """Bring the empty database at `url` to the present schema."""
    database = Database(url)
    try:
        portal.tables.METADATA.create_all(database.engine)
    finally:
        database.close()
