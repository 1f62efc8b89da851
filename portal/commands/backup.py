"""`kura backup DEST`: the whole installation, while it serves; with `--verify` what is there is read instead."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from portal.commands.opening import opened
from portal.commands.progress import stages
from portal.installation import Installation
from routing.router import queries as router
from vault.base.errors import Damaged
from vault.base.settings import SETTINGS_FILE
from vault.system import backup as backups
from vault.system import verify as verifying
from vault.system.verify import Verified

KEEP = 7
words = Console(stderr=True, highlight=False, soft_wrap=True)


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backup)


def backup(
    context: typer.Context,
    destination: Annotated[Path, typer.Argument(help="A folder outside of HOME; made where it is not there.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", help="A file for the keys, away from the backup: it opens everything.")
    ] = None,
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many of the newest snapshots stay.")] = KEEP,
    anew: Annotated[
        bool, typer.Option("--anew", help="Begin anew where the last backup went, although nothing of it is there.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Make none: read what is there and name what is damaged or missing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Back up database and vault, and with --keys the keys; packs that are there already are not copied again."""
    if verify:
        with stages() as told:
            found = verifying.verify(destination, progress=told)
        report(found, as_json=as_json)
        return
    with opened(context) as installation, stages() as told:
        made = backups.make(home_of(installation), destination, keys, keep, told, anew=anew)
    _say(made, as_json=as_json)


def home_of(installation: Installation) -> backups.Home:
    """The parts of an installation that are backed up."""
    read = installation.settings
    return backups.Home(
        read.home,
        read.home / SETTINGS_FILE,
        read.keys_folder,
        installation.database,
        installation.store,
        {"router": router.folder(read)},
    )


def report(found: Verified, *, as_json: bool) -> None:
    """Say what a reading found; Damaged where not everything is there."""
    for kind, names in (("damaged", found.damaged), ("missing", found.missing)):
        for name in names:
            words.print(f"{kind}: {name}")
    for name in found.lost:
        words.print(f"missing already when the newest snapshot was made: {name}")
    if as_json:
        typer.echo(json.dumps(found.as_data()))
    else:
        typer.echo(f"{len(found.snapshots)} snapshots, {found.files} files, {found.size} bytes read")
    count = len(found.damaged) + len(found.missing)
    if count:
        raise Damaged("files_damaged", count=count)


def _say(made: backups.Made, *, as_json: bool) -> None:
    data: dict[str, Any] = made.as_data()
    if as_json:
        typer.echo(json.dumps(data))
    else:
        typer.echo(
            f"{made.id}: {made.packs} packs, {made.size} bytes; {made.copied} packs copied now, {made.removed} removed"
        )
    if not made.keys:
        words.print("The keys were not backed up: a restore needs them (--keys FILE) or the recovery file.")
    for name in made.lost:
        words.print(f"missing in the vault: {name}")
    if made.lost:
        raise Damaged("packs_lost", count=len(made.lost))
