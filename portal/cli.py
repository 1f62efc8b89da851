"""The `kura` command: each sub-command is one service call; data on stdout, words on stderr, exits by errors.py."""

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from portal import logs
from portal.wording import plain
from vault.base.errors import AppError

MODULES = {
    "init": "init",
    "apply": "apply",
    "serve": "serve",
    "worker": "serve",
    "scheduler": "serve",
    "sweep": "runs",
    "close-month": "close_month",
    "ledger": "ledger",
    "index": "index",
    "check": "check",
    "collect": "collect",
    "scrub": "scrub",
    "drill": "drill",
    "keys": "keys",
    "backup": "backup",
    "restore": "restore",
    "import": "history",
    "user": "people",
    "token": "people",
    "router": "router",
}
"""The file in portal/commands that holds each command, in the order of `kura --help`."""


class Commands(TyperGroup):
    """Imports a command's file when it is called: each needs other packages, and all together take a second."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in MODULES:
            return None
        apart = typer.Typer(callback=home)
        importlib.import_module(f"portal.commands.{MODULES[cmd_name]}").install(apart)
        return get_group(apart).commands[cmd_name]


def home(
    context: typer.Context,
    home: Annotated[Path, typer.Option("--home", envvar="KURA_HOME", help="The folder of this installation.")] = Path(
        "kura-home"
    ),
) -> None:
    """Every sub-command works on one HOME."""
    logs.configure()
    context.obj = home


app = typer.Typer(
    cls=Commands, callback=home, help="Kura: a portal on rented storage for medical facilities.", no_args_is_help=True
)


def main() -> None:
    """Run the command; an AppError is one line on stderr and its own exit status."""
    try:
        app()
    except AppError as problem:
        sys.stderr.write(f"kura: {plain(problem)}\n")
        sys.exit(problem.exit)
