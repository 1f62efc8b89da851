"""`kura serve`, `kura worker`, `kura scheduler`: the processes that stay."""

import signal
import threading
from typing import Annotated

import typer

from portal import serve as server
from portal import worker as workers
from portal.commands.opening import opened, working_hands
from vault.base.errors import Invalid
from vault.tenancy import sealed_secrets


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(worker)
    app.command()(scheduler)


def serve(
    context: typer.Context,
    bind: Annotated[str | None, typer.Option("--bind", help="HOST:PORT; default: server.bind of the settings.")] = None,
) -> None:
    """Serve the portal, with worker and scheduler inside unless `worker.embedded = false`."""
    with opened(context) as installation:
        working_hands(installation)
        sealed_secrets.seal_all(installation.database, installation.store.keys)
        server.serve(installation, bind)


def worker(context: typer.Context) -> None:
    """Run the worker as a process of its own, on Redis."""
    with opened(context) as installation:
        _require_broker(installation.settings.broker.url)
        working_hands(installation)
        workers.run_worker(installation)


def scheduler(context: typer.Context) -> None:
    """Run the scheduler as a process of its own, on Redis."""
    with opened(context) as installation:
        _require_broker(installation.settings.broker.url)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        workers.connect_waker(installation)
        workers.run_scheduler(installation, installation.database.on_wake, stop)


def _require_broker(url: str) -> None:
    if not url:
        raise Invalid("needs_redis", field="broker.url")
