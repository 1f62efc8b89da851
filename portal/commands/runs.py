"""`kura sweep`: one run now, with progress; a JSON summary on standard output."""

import json
from typing import Annotated

import typer

from portal.commands.opening import opened
from portal.commands.progress import shown
from routing.router.queries import load_router
from routing.sweep.service import sweep as run_sweep
from vault.base import outbox


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sweep)


def sweep(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Collect what was filed and route it; returns when everything collected is in a queue."""
    with opened(context) as installation, shown("Sweeping") as told:
        report = run_sweep(
            installation.database, lambda session: load_router(session, installation.settings), progress=told
        )
        outbox.relay(installation.database)
    found = report.as_data()
    if as_json:
        typer.echo(json.dumps(found))
    else:
        typer.echo(f"{found['collected']} collected from {found['areas']} areas, {found['to_triage']} to triage")
