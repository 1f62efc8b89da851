"""The telling of the main job: a step is done, watched, and printed with its seconds and a link."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.demo.callers import Caller, Json
from portal.demo.server import Server
from portal.demo.words import STEPS

PATIENCE_SECONDS = 60.0


@dataclass
class Told:
    """What clients were told is safe, to be counted at the end."""

    images: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


@dataclass
class Step:
    """What a step has to say: the values of its words, and the page that shows it."""

    page: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def says(self, **values: object) -> None:
        """Add values to the words of the step."""
        self.values.update(values)


@dataclass
class Story:
    """The demo's state between its steps."""

    folder: Path
    server: Server
    tokens: dict[str, str]
    told: Told = field(default_factory=Told)
    steps: list[Json] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def caller(self, login: str) -> Caller:
        """That person or device over the API."""
        return Caller(self.server.url, self.tokens[login])

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Print one line when the block is done: the words of that name, its seconds, its link."""
        began, step = time.monotonic(), Step()
        yield step
        seconds = round(time.monotonic() - began, 1)
        self.steps.append({"name": name, "values": step.values, "seconds": seconds, "url": step.page})
        words = str(STEPS[name] % step.values)
        sys.stdout.write(f"  ✓ {words}  {seconds} s  {self.server.url + step.page if step.page else ''}\n")
        sys.stdout.flush()


def until(done: Callable[[], bool]) -> None:
    """Wait until it has come about; RuntimeError when it does not in a minute."""
    last = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > last:
            raise RuntimeError("it did not come about in a minute")
        time.sleep(0.2)
