"""`kura import requests`: history from another help desk; returns when it can be found by search."""

import json
from pathlib import Path
from typing import Annotated

import typer

from portal.commands.opening import opened
from portal.commands.progress import shown
from routing.queue.history import import_history
from search.documents import service as documents
from vault.base import outbox
from vault.base.errors import NotFound

importing = typer.Typer(help="Bring history in.", no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add `import`."""
    app.add_typer(importing, name="import")


@importing.callback()
def main() -> None:
    """Bring history in from elsewhere."""


@importing.command("requests")
def requests(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="One request a line.")],
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Import closed requests with their answers; run again it goes on where it was cut off, and repeats nothing."""
    if not file.is_file():
        raise NotFound("no_file", file=str(file))
    with opened(context) as installation, shown("Importing") as told:
        with file.open(encoding="utf-8") as lines:
            total = sum(1 for _ in lines)
        with file.open(encoding="utf-8") as lines:
            report = import_history(installation.database, lines, progress=lambda read: told(read, total))
        outbox.relay(installation.database)
        documents.catch_up(installation.database, installation.engine)
    if as_json:
        typer.echo(json.dumps(report.as_data(), ensure_ascii=False))
    else:
        typer.echo(f"{report.read} read, {report.imported} imported, {report.known} known already")
        for number, why in report.refused:
            typer.echo(f"line {number} was refused: {why}", err=True)
    raise typer.Exit(2 if report.refused else 0)
