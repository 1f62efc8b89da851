"""docs/client.md tells only of commands and options that there are."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from capture_client.cli import app

DOCUMENT = Path(__file__).parents[2] / "docs" / "client.md"
LINES = re.findall(r"^kura-capture .*$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_command_is_told() -> None:
    told = {line.split()[1] for line in LINES}
    assert told == set(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", LINES)
def test_the_command_takes_what_the_page_says(line: str) -> None:
    _, *words = shlex.split(line, comments=True)
    command = get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known
