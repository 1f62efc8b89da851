"""The telling of the main job: a step is done, watched, and printed with its seconds and a link."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.demo import names
from portal.demo.callers import Caller, Json
from portal.demo.server import Server
from portal.demo.words import PEOPLE, STEPS
from portal.pages.demo import STORY_FILE

PATIENCE_SECONDS = 60.0


@dataclass
class Told:
    """What clients were told is safe, to be counted at the end."""

    images: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    """By id, who filed it."""
    answers: list[str] = field(default_factory=list)


@dataclass
class Step:
    """What a step has to say: the values of its words, the page that shows it and the login that may see it."""

    page: str = ""
    who: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def shown(self, page: str, who: str) -> None:
        """Where it can be seen, and as whom."""
        self.page, self.who = page, who

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
        self.steps.append({"name": name, "values": step.values, "seconds": seconds, "url": step.page, "who": step.who})
        self.keep()
        words = str(STEPS[name] % step.values)
        sys.stdout.write(f"  ✓ {words}  {seconds} s  {self.link(name) if step.page else ''}\n")
        sys.stdout.flush()

    def link(self, name: str) -> str:
        """The step on the demo's page, from where one click shows it as whoever may see it."""
        return f"{self.server.url}/demo/#{name}"

    def keep(self, counted: Json | None = None) -> None:
        """What the demo's page shows, as far as it has come."""
        people = [{"login": login, "words": words, "url": self._to_try(login, url)} for login, words, url in PEOPLE]
        content = {"people": people, "steps": self.steps, "counted": counted}
        (self.server.home / STORY_FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    def _to_try(self, login: str, url: str) -> str:
        stranger = login == f"{names.STRANGER}-nurse" and "exam" in self.facts
        return f"/exams/{self.facts['exam']}" if stranger else url


def until(done: Callable[[], bool]) -> None:
    """Wait until it has come about; RuntimeError when it does not in a minute."""
    last = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > last:
            raise RuntimeError("it did not come about in a minute")
        time.sleep(0.2)
