"""`run`: the daemon."""

import signal
from typing import Annotated

import typer

from capture_client import clock
from capture_client.commands.opening import HomeOption, opened
from capture_client.commands.speaking import say
from capture_client.daemon import Daemon


def run(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end.")] = False,
    home: HomeOption = None,
) -> None:
    """Everything by itself: the watched folder, mass storage, backup as the contract says, notices of answers."""
    with opened(home) as place:
        daemon = Daemon(place.home, place.database, place.link, lambda code, values: say(code, **values))
        if once:
            daemon.tick(clock.now())
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: daemon.stop.set())
        daemon.run()
        say("bye")
