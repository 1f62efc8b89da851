"""`kura check`: how each part is, a line each; `--recovery` proves that a copy opens, `--mail` that letters arrive."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from portal import checks
from portal.checks import Health
from portal.installation import open_home
from vault.store import keys, recovery
from vault.tenancy import mailing

PASSPHRASE = "KURA_RECOVERY_PASSPHRASE"  # noqa: S105 - the name of a variable
SIGNS = {Health.WELL: "✓", Health.WARNING: "!", Health.UNWELL: "✗"}


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    context: typer.Context,
    recovery_file: Annotated[
        Path | None,
        typer.Option(
            "--recovery", help="Prove that this copy opens; passphrase from the prompt, stdin or the variable."
        ),
    ] = None,
    mail_to: Annotated[
        str | None, typer.Option("--mail", help="Send a letter to this address, to see it arrive.")
    ] = None,
) -> None:
    """Look at configuration, database, vault, index, broker and recovery file; non-zero if any is unwell."""
    installation = open_home(context.obj)
    try:
        folder = installation.settings.keys_folder
        if recovery_file is not None:
            recovery.prove(folder, recovery_file, recovery_passphrase(), keys.load(folder))
        if mail_to is not None:
            mailing.try_out(installation.settings, mail_to)
        unwell = False
        for finding in checks.run(installation):
            typer.echo(f"{SIGNS[finding.health]} {finding.part}: {finding.sentence}")
            unwell = unwell or finding.health is Health.UNWELL
    finally:
        installation.close()
    raise typer.Exit(1 if unwell else 0)


def recovery_passphrase() -> str:
    """The passphrase of a recovery file: from the variable, the prompt, or standard input."""
    if PASSPHRASE in os.environ:
        return os.environ[PASSPHRASE]
    if sys.stdin.isatty():
        asked: str = typer.prompt("Passphrase of the recovery file", hide_input=True, err=True)
        return asked
    return sys.stdin.readline().strip()
