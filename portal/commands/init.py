"""`kura init`: makes HOME and the recovery file, and says what both are worth."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from portal.installation import make_home
from vault.base.errors import Invalid
from vault.store import keys, recovery

RECOVERY_FILE = "recovery-file.json"
SHORTEST_PASSPHRASE = 12

words = Console(stderr=True, highlight=False)


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)


def init(
    context: typer.Context,
    recovery_file: Annotated[
        Path | None, typer.Option("--recovery-file", help="Where to write the recovery file; default: in HOME.")
    ] = None,
) -> None:
    """Make HOME: settings, keys, database and a recovery file. An existing one is refused."""
    home: Path = context.obj
    installation = make_home(home)
    installation.close()
    path = recovery_file or home / RECOVERY_FILE
    passphrase, asked = asked_passphrase()
    recovery.write(path, keys.load(installation.settings.keys_folder), passphrase)
    words.print(f"Made {home}.")
    words.print("Without the provider key in its folder `keys` nothing that Kura holds can be read, by anyone, ever.")
    words.print(
        f"The recovery file {path} holds that key under a passphrase: keep a copy of it away from this machine."
    )
    if not asked:
        words.print("Its passphrase is shown now and never again:")
        typer.echo(passphrase)
    words.print("Then prove that the copy opens: kura check --recovery FILE")


def asked_passphrase() -> tuple[str, bool]:
    """A passphrase for a recovery file, and whether somebody was there to be asked for one: else it is a new code."""
    asked = sys.stdin.isatty()
    return (_ask() if asked else recovery.new_code()), asked


def _ask() -> str:
    given: str = typer.prompt("Passphrase of the recovery file", hide_input=True, confirmation_prompt=True, err=True)
    if len(given) < SHORTEST_PASSPHRASE:
        raise Invalid("too_short", field="passphrase", least=SHORTEST_PASSPHRASE)
    return given
