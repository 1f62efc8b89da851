"""`kura-capture`: the commands, and what a program that runs them sees — data, one line of error, an exit status."""

import sys
from typing import Any

import typer

from capture_client.commands import capture, daemon, keeping, media, setup, terminal
from capture_client.commands.opening import HomeOption
from capture_client.commands.speaking import complain, say
from capture_client.errors import CaptureError, Invalid, Unavailable

STOPPED = 130  # what shells call a program that Ctrl-C ended

app = typer.Typer(
    name="kura-capture",
    help="At the facility: record exams, back them up, ask, and read the answers.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
COMMANDS: dict[str, Any] = {
    "init": setup.init,
    "record": capture.record,
    "import": capture.import_,
    "watch": capture.watch,
    "backup": keeping.backup,
    "run": daemon.run,
    "list": capture.list_,
    "restore": keeping.restore,
    "verify": keeping.verify,
    "request": terminal.request,
    "inbox": terminal.inbox,
    "status": setup.status,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
app.add_typer(media.app)


@app.callback()
def everywhere(context: typer.Context, home: HomeOption = None) -> None:
    """At the facility: record exams, back them up, ask, and read the answers."""
    if home is not None:
        given = {"home": str(home)}
        context.default_map = dict.fromkeys(COMMANDS, given) | {"media": {"verify": given}}


def main() -> None:
    """Run one command; ends the process."""
    sys.exit(outcome(sys.argv[1:] or ["--help"]))


def outcome(arguments: list[str]) -> int:
    """Run one command → its exit status, by the table in `errors`."""
    try:
        status = app(arguments, standalone_mode=False)
    except CaptureError as error:
        complain(error)
        return error.exit
    except OSError as error:
        complain(Unavailable("disk", problem=error))
        return Unavailable.exit
    except (KeyboardInterrupt, typer.Abort):
        say("bye")
        return STOPPED
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # typer's own click and the real one
            complain(Invalid("usage", problem=error.format_message()))
            return Invalid.exit
        raise
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    main()
