"""`kura keys`: provider keys and receipt keys are shown, rotated and retired."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy.orm import Session

from portal.commands.init import asked_passphrase
from portal.commands.opening import opened
from portal.installation import Installation
from vault.base import ids
from vault.intake import key_rotation, receipts
from vault.intake.signing import fingerprint
from vault.store import keys as provider_keys
from vault.store import recovery, rotation

keys = typer.Typer(help="Provider keys and receipt keys.", no_args_is_help=True)
words = Console(stderr=True, highlight=False)


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")


@keys.command()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Every key: since when, for how many areas it is needed, and the fingerprint by which a device can trust it."""
    with opened(context) as installation, installation.database.read() as session:
        found = _shown(installation, session)
    if as_json:
        typer.echo(json.dumps(found))
        return
    for one in found["provider"]:
        typer.echo(f"provider {one['key_id']} since {one['since']}, {one['state']}, {one['areas']} areas")
    for one in found["receipt"]:
        typer.echo(f"receipt {one['key_id']} since {one['since']}, {one['state']}, fingerprint {one['fingerprint']}")


@keys.command()
def rotate(
    context: typer.Context,
    recovery_file: Annotated[
        Path | None, typer.Option("--recovery-file", help="Where to write the new recovery file; default: in HOME.")
    ] = None,
) -> None:
    """Make a new provider key and wrap every area's key by it; no data is written again. Goes on where it was cut."""
    with opened(context) as installation:
        folder = installation.settings.keys_folder
        key_id = rotation.begin(installation.database, folder)
        path, code = recovery_file or installation.settings.home / f"recovery-file-{key_id}.json", ""
        if not path.exists():
            passphrase, asked = asked_passphrase()
            recovery.write(path, provider_keys.load(folder), passphrase)
            code = "" if asked else passphrase
        rotated = rotation.rewrap_all(installation.database, installation.store)
    words.print(f"Provider key {rotated.key_id} wraps now; {rotated.rewrapped} areas were wrapped anew.")
    words.print(f"The recovery file {path} holds it: keep a copy away from this machine; older ones do not open it.")
    if code:
        words.print("Its passphrase is shown now and never again:")
        typer.echo(code)
    words.print("Prove the copy: kura check --recovery FILE. Then remove the old key: kura keys retire")


@keys.command()
def retire(context: typer.Context) -> None:
    """Remove old provider keys, once nothing is wrapped by them and a copy of the new one has been proved to open."""
    with opened(context) as installation:
        retired = rotation.retire(installation.database, installation.store, installation.settings.keys_folder)
    for key_id in retired:
        typer.echo(key_id)
    if not retired:
        words.print("There is no old provider key.")


@keys.command("rotate-receipts")
def rotate_receipts(context: typer.Context) -> None:
    """Sign receipts by a new key, endorsed by the one before; old receipts go on being verified by the old ones."""
    with opened(context) as installation:
        typer.echo(key_rotation.rotate(installation.database, installation.settings.keys_folder))


def _shown(installation: Installation, session: Session) -> dict[str, list[dict[str, Any]]]:
    ring, used = provider_keys.load(installation.settings.keys_folder), rotation.in_use(session, installation.store)
    provider = [
        {
            "key_id": key_id,
            "since": ids.moment_of(key_id).isoformat(timespec="seconds"),
            "state": "active" if key_id == ring.current else "old",
            "areas": used.get(key_id, 0),
        }
        for key_id in sorted(ring.keys)
    ]
    receipt = [
        {**one, "fingerprint": fingerprint(one["public_key"])}
        for one in receipts.receipt_keys(session, installation.signing)
    ]
    return {"provider": provider, "receipt": receipt}
