"""`kura ledger`: every entry of the books as CSV on standard output."""

import sys
from typing import Annotated

import typer

from portal.commands.opening import opened
from vault.base.scope import Scope
from vault.billing import exports
from vault.billing.months import Month


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ledger")(run)


def run(
    context: typer.Context,
    month: Annotated[str | None, typer.Argument(help="One month, as YYYY-MM; without it the whole.")] = None,
) -> None:
    """Write the ledger as CSV (UTF-8 with a byte order mark, for spreadsheets); its amounts sum to zero."""
    wanted = Month.parse(month) if month else None
    with opened(context) as installation, installation.database.read() as session:
        for line in exports.ledger_csv(session, Scope.system(), wanted):
            sys.stdout.buffer.write(line.encode())
