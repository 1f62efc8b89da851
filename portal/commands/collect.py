"""`kura collect`: what was deleted long enough ago is removed, and garbage collected, now."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from portal.commands.opening import opened, working_hands
from portal.commands.progress import shown
from vault.exams import deletion
from vault.intake import receipts
from vault.store.collecting import collect as collect_all


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(collect)


def collect(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Remove exams whose grace has ended, collect garbage in every area that no hold keeps, and give back its room."""
    with opened(context) as installation, shown("Collecting") as told:
        database, policy = installation.database, installation.settings.retention
        removed = deletion.remove_expired(database.transaction, policy, receipts.note_removal)
        found = {"removed": removed, **asdict(collect_all(working_hands(installation), told))}
    if as_json:
        typer.echo(json.dumps(found))
    else:
        typer.echo(
            f"{found['removed']} exams removed; {found['condemned']} blobs condemned, {found['blobs']} let go "
            f"({found['bytes']} bytes); {found['packs']} packs deleted, {found['compacted']} compacted"
        )
