"""`kura router`: learn from examples or from what departments answered, and measure."""

import json
from pathlib import Path
from typing import Annotated

import typer

from portal.commands.opening import opened
from routing.queue import lessons
from routing.router import examples, service
from routing.router.evaluate import evaluate as measure
from routing.router.queries import load_router
from vault.base.scope import Scope

router = typer.Typer(help="The router: learn and measure.", no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add `router`."""
    app.add_typer(router, name="router")


@router.command()
def train(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.jsonl", help="Examples; default: answered requests.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Learn, and take what was learned into use."""
    with opened(context) as installation:
        settings = installation.settings
        if file is None:
            with installation.database.read() as session:
                found = lessons.answered(session)
            trained = service.learn(settings, found, source=service.FROM_ANSWERS)
        else:
            trained = service.learn(settings, examples.read(file), source=service.BY_HAND)
        with installation.database.transaction() as session:
            service.propose(session, trained)
            service.adopt(session, Scope.system(), settings, trained.id)
    typer.echo(json.dumps(trained.report) if as_json else f"learned from {trained.report['examples']} examples")


@router.command()
def evaluate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Lines of {text, departments}.")],
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Measure the router in use on examples that it has not learned from."""
    with opened(context) as installation:
        with installation.database.read() as session:
            used = load_router(session, installation.settings)
        figures = measure(used, examples.read(file)).as_data()
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        for name, value in figures.items():
            typer.echo(f"{name}: {value}")
