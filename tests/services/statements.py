"""The statements that a block runs, for tests that promise how many there are."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from vault.base.database import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that are run inside the block."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
