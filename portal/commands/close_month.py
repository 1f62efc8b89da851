"""`kura close-month`: every term that falls in a month is charged, with progress; the figures on standard output."""

import json
from typing import Annotated

import typer

from portal.commands.opening import opened
from portal.commands.progress import shown
from vault.base.scope import Scope
from vault.billing import closing
from vault.billing.months import Month


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command("close-month")(run)


def run(
    context: typer.Context,
    month: Annotated[str, typer.Argument(help="The month, as YYYY-MM.")],
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Charge a month that has ended and issue its invoices; a closed month stays as it is."""
    wanted = Month.parse(month)
    with opened(context) as installation:
        with installation.database.read() as session:
            closing.check(session, installation.settings, wanted)  # what is refused is told before any bar is drawn
        with shown("Closing") as told:
            found = closing.close(installation.database, Scope.system(), installation.settings, wanted, told=told)
    if as_json:
        typer.echo(json.dumps(found))
    else:
        typer.echo(
            f"{found['month']}: {found['invoices']} invoices over ¥{found['subtotal']:,} and tax of ¥{found['tax']:,}, "
            f"{found['credit_notes']} credit notes over ¥{found['credited']:,}"
        )
