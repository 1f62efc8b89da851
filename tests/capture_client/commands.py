"""A `kura-capture` command run in the process of the tests, and what it left behind."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from capture_client import cli


@dataclass
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its JSON."""
        return json.loads(self.out)


def ran(capfd: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """Run `kura-capture` with these arguments."""
    capfd.readouterr()
    status = cli.outcome([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    return Ran(status, out, err)
