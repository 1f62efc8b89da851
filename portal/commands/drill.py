"""`kura drill`: a random sample of every area is restored and compared, now."""

import json
from datetime import timedelta
from typing import Annotated

import typer

from portal.commands.opening import opened, working_hands
from portal.commands.progress import shown
from vault.backup import drills
from vault.base.errors import Damaged
from vault.base.scope import Scope


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(drill)


def drill(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Restore a random sample of every area and compare it; each facility can see the signed proof."""
    made = []
    with opened(context) as installation, shown("Restoring") as told:
        hands = working_hands(installation)
        with installation.database.read() as session:
            areas = drills.due(session, timedelta(0))
        for done, area in enumerate(areas):
            told(done, len(areas))
            made.append(drills.drill(hands, installation.signing, Scope.system(area), installation.settings.vault))
    found = {
        "areas": len(made),
        "images": sum(one.images for one in made),
        "files": sum(one.files for one in made),
        "bytes": sum(one.bytes for one in made),
    }
    failed = [f"{one.facility_id} {what}" for one in made for what in one.failed]
    if as_json:
        typer.echo(json.dumps(found | {"failed": failed}))
    else:
        typer.echo(f"{found['areas']} areas: {found['images']} images and {found['files']} files restored and compared")
        for what in failed:
            typer.echo(f"failed: {what}")
    if failed:
        raise typer.Exit(Damaged.exit)
