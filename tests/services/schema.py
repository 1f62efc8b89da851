"""The migrated schema that every test's database is a copy of."""

from portal.migrations import FOLDER, upgrade
from portal.tables import METADATA
from vault.base.database import Database


def build(url: str) -> None:
    """Bring the empty database at `url` to the present schema."""
    database = Database(url)
    try:
        upgrade(database)
        # Until the first migration is written, the models are the schema.
        if not list((FOLDER / "versions").glob("*.py")):
            METADATA.create_all(database.engine)
    finally:
        database.close()
