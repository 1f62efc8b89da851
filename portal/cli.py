"""The `kura` command: each sub-command is one service call; data on stdout, words on stderr, exits by errors.py."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from portal import logs
from portal.commands import apply, check, history, index, init, people, router, runs, serve
from portal.wording import plain
from vault.base.errors import AppError

app = typer.Typer(help="Kura: a portal on rented storage for medical facilities.", no_args_is_help=True)


@app.callback()
def home(
    context: typer.Context,
    home: Annotated[Path, typer.Option("--home", envvar="KURA_HOME", help="The folder of this installation.")] = Path(
        "kura-home"
    ),
) -> None:
    """Every sub-command works on one HOME."""
    logs.configure()
    context.obj = home


for module in (init, apply, serve, runs, index, check, history):
    module.install(app)
app.add_typer(people.user, name="user")
app.add_typer(people.token, name="token")
app.add_typer(router.router, name="router")


def main() -> None:
    """Run the command; an AppError is one line on stderr and its own exit status."""
    try:
        app()
    except AppError as problem:
        sys.stderr.write(f"kura: {plain(problem)}\n")
        sys.exit(problem.exit)
