"""What every command begins with: the home, its database (mended after a kill), the link, the common options."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from capture_client.filing import recovery
from capture_client.filing.database import FilingDatabase
from capture_client.link import Link
from capture_client.settings import Home

HomeOption = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="This device's folder. Else KURA_CAPTURE_HOME.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Data for programs on standard output.")]
Patient = Annotated[str, typer.Option(help="The patient's ID.")]
Kind = Annotated[str, typer.Option(help="Kind of exam, in your own words.")]
ScopeModel = Annotated[str, typer.Option(help="The scope's model.")]
ScopeSerial = Annotated[str, typer.Option(help="The scope's serial number.")]
Note = Annotated[str, typer.Option(help="A note that stays with the exam.")]
Person = Annotated[str, typer.Option(help="Login of the person who does this: a device is a place, not a person.")]


@dataclass(frozen=True)
class Place:
    """An open home."""

    home: Home
    database: FilingDatabase
    link: Link


@contextmanager
def opened(folder: Path | None) -> Iterator[Place]:
    """Open a home, finish what a kill cut off, close it again. Raises NotFound before `init`."""
    home = Home.open(folder)
    database = FilingDatabase(home.database)
    link = Link(home.settings.server, where=str(home.settings_file))
    try:
        recovery.finish(home, database)
        yield Place(home, database, link)
    finally:
        link.close()
        database.close()
