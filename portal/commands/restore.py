"""`kura restore SRC`: a new HOME from a backup, every byte of it proved."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from portal import migrations
from portal.commands.backup import report
from portal.commands.check import recovery_passphrase
from portal.commands.progress import StageTold, stages
from portal.installation import Installation, open_home, write_initial_settings
from search.documents import service as index
from vault.base.errors import Damaged, Invalid
from vault.base.settings import SETTINGS_FILE
from vault.intake.signing import SigningKeys
from vault.store import recovery as recoveries
from vault.store.keys import KeyRing
from vault.system import destination, keysfile
from vault.system import restore as restoring
from vault.system import verify as verifying
from vault.system.keysfile import Keys
from vault.system.restore import Restored, Snapshot

words = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Opener:
    """What opens the backup: a keys file, or provider keys out of a recovery file."""

    ring: KeyRing
    keys: Keys | None


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(restore)


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="The folder that `kura backup` wrote.")],
    keys: Annotated[Path | None, typer.Option("--keys", help="The keys file that `kura backup --keys` wrote.")] = None,
    recovery: Annotated[
        Path | None, typer.Option("--recovery", help="The recovery file instead, where the keys file is lost.")
    ] = None,
    snapshot: Annotated[str | None, typer.Option("--snapshot", help="Which one; default: the newest.")] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="A kura.toml to be used instead of the one in the keys file.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Restore nothing: read the backup and name what is damaged or missing.")
    ] = False,
    with_losses: Annotated[
        bool, typer.Option("--with-losses", help="Restore what is left, although files are damaged or missing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Make HOME from a backup. It must not be there yet; a restore that was cut goes on where it was."""
    if verify:
        with stages() as told:
            opener = _opener(keys, recovery) if keys or recovery else None
            found = verifying.verify(source, opener.ring if opener else None, told)
        report(found, as_json=as_json)
        return
    opener = _opener(keys, recovery)
    with stages() as told, destination.told(context.obj):
        chosen = restoring.chosen(destination.existing(source), opener.ring, snapshot)
        if not migrations.knows(chosen.manifest.schema):
            raise Invalid("backup_newer", field="source", version=chosen.manifest.schema, known="an older one")
        restored = _restored(context.obj, chosen, opener, settings, with_losses, told)
    _say(restored, context.obj, as_json=as_json)


def _restored(
    home: Path, chosen: Snapshot, opener: Opener, settings: Path | None, with_losses: bool, told: StageTold
) -> Restored:
    """Every step can be done again, so that a restore that was cut goes on."""
    restore_id = restoring.begin(home, chosen)
    _put_keys(home, opener, settings)
    installation = open_home(home, restoring=True)
    try:
        database, found = installation.database, Restored(chosen.manifest.id, chosen.manifest.made_at)
        restoring.claim(chosen, home, database)
        restoring.packs(chosen, installation.store, found, told)
        if not (found.is_whole or with_losses):
            _name_losses(found)
            raise Damaged("backup_damaged", count=len(found.damaged) + len(found.missing) + len(found.lost))
        restoring.load(chosen, home, database)
        migrations.upgrade(database)
        restoring.settle(chosen, database, installation.store, restore_id, found)
        _build_index(installation, told)
        restoring.finish(home)
    finally:
        installation.close()
    return found


def _opener(keys: Path | None, recovery: Path | None) -> Opener:
    if keys is not None:
        found = keysfile.load(keys)
        return Opener(keysfile.ring(found), found)
    if recovery is not None:
        return Opener(KeyRing(recoveries.open_file(recovery, recovery_passphrase())), None)
    raise Invalid("keys_needed", field="keys")


def _put_keys(home: Path, opener: Opener, settings: Path | None) -> None:
    """Keys and settings into HOME: the backed-up ones, or new ones for what a recovery file does not hold."""
    if opener.keys is not None:
        keysfile.put(home, opener.keys, with_settings=settings is None)
    else:
        keysfile.put_recovered(home, opener.ring.keys, secrets.token_hex(32))
        if not any((home / "keys").glob("receipt-*.key")):
            SigningKeys.make(home / "keys")
    if settings is not None:
        (home / SETTINGS_FILE).write_bytes(settings.read_bytes())
    if not (home / SETTINGS_FILE).exists():
        write_initial_settings(home)


def _build_index(installation: Installation, told: StageTold) -> None:
    """The search index is not backed up: the rows make it anew."""
    installation.engine.create()
    index.rebuild(installation.database, installation.engine, lambda done, total: told("index", done, total))


def _name_losses(found: Restored) -> None:
    for kind, names in (("damaged", found.damaged), ("missing", found.missing), ("never backed up", found.lost)):
        for name in names:
            words.print(f"{kind}: {name}")


def _say(found: Restored, home: Path, *, as_json: bool) -> None:
    _name_losses(found)
    for name in found.adopted:
        words.print(f"newer than the backup, taken in: {name}")
    for name in found.unknown:
        words.print(f"newer than the backup, of an area that it does not know: {name}")
    words.print(f"{home} is as it was at {found.made_at}. What was acknowledged since then is not in it.")
    words.print(f"Receipts go on {found.gap} numbers later; everyone signs in anew.")
    if as_json:
        typer.echo(json.dumps(found.as_data()))
    else:
        typer.echo(f"{found.packs} packs, {found.size} bytes restored from {found.backup}")
