"""Opening HOME for a command, and letting go of it afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import typer

from portal import migrations, work
from portal.installation import Installation, open_home
from vault.base.errors import Unavailable
from vault.store import copying, places, tasks
from vault.store.garbage import Hands

log = structlog.get_logger()


@contextmanager
def opened(context: typer.Context) -> Iterator[Installation]:
    """The installation in HOME, its database up to date and its jobs known."""
    installation = open_home(context.obj)
    try:
        migrations.upgrade(installation.database)
        work.register()
        yield installation
    finally:
        installation.close()


def working_hands(installation: Installation) -> Hands:
    """
    What a command works on the vault with, once it is certain that packs and copies lie where they always did.

    Raises Conflict for a wrong place; a second copy that does not answer is told and caught up with later.
    """
    database, store = installation.database, installation.store
    with database.read() as session:
        copies = store.second is not None or places.has_second(session)
    waits = tasks.waits(installation.settings.retention)
    hands = Hands(store, database.read, database.transaction, copies=copies, **waits)
    places.claim(database.read, database.transaction, store.backend, places.FIRST)
    try:
        copying.second_of(hands)
    except Unavailable as problem:
        log.warning("the second copy does not answer", problem=str(problem))
    return hands
