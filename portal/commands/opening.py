"""Opening HOME for a command, and letting go of it afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from portal import migrations, work
from portal.installation import Installation, open_home


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
