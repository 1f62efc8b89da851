"""`kura apply`: brings the installation to what a file says."""

import json
from pathlib import Path
from typing import Annotated

import typer

from portal.apply.report import ApplyReport
from portal.apply.service import apply as bring
from portal.commands.opening import opened
from portal.installation import Installation


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(apply)


def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What the installation should be.")],
    tokens: Annotated[
        Path | None, typer.Option("--tokens", metavar="OUT.json", help="Where API tokens go, by login; merged.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Bring the installation to what FILE says. Run twice it changes nothing; a wrong FILE changes nothing."""
    with opened(context) as installation:
        report = bring(installation.database, file, settings=installation.settings, tokens_path=tokens)
        links = {login: link_address(installation, secret) for login, secret in report.links.items()}
    if as_json:
        shown = {"changes": report.changes, "kept": report.kept, "links": links, "tokens": sorted(report.tokens)}
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        _tell(report, links)


def link_address(installation: Installation, secret: str) -> str:
    """Where the one-time link with that secret leads."""
    server = installation.settings.server
    return f"{server.url.rstrip('/') or f'http://{server.bind}'}/sign-in/link/{secret}"


def _tell(report: ApplyReport, links: dict[str, str]) -> None:
    for line in report.changes:
        typer.echo(f"+ {line}")
    for line in report.kept:
        typer.echo(f"= {line} (kept)")
    for login, address in links.items():
        typer.echo(f"sign-in link of {login}, once: {address}")
    count = len(report.changes)
    typer.echo(f"{count} change{'' if count == 1 else 's'}")
