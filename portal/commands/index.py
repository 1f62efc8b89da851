"""`kura index`: brings the search index up to the rows, or makes it anew."""

import json
from typing import Annotated

import typer

from portal.commands.opening import opened
from portal.commands.progress import shown
from search.documents import service
from vault.base import outbox


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(index)


def index(
    context: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the index anew from the database.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Index what has changed; with --rebuild everything, while the old index still answers."""
    with opened(context) as installation, shown("Indexing") as told:
        if rebuild:
            count = service.rebuild(installation.database, installation.engine, told)
        else:
            outbox.relay(installation.database)
            count = service.catch_up(installation.database, installation.engine, lambda done: told(done, done))
    typer.echo(json.dumps({"indexed": count}) if as_json else f"{count} indexed")
