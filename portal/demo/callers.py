"""Those who call in the demo: people over the API, and the capture client as the command it is."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

Json = dict[str, Any]


class Refused(Exception):
    """An answer that was not the expected one; `status` and the problem's words."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.status_code}: {answer.text[:300]}")
        self.status = answer.status_code
        self.answer = answer


@dataclass(frozen=True)
class Caller:
    """Somebody with a token."""

    base: str
    token: str

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Json:
        """GET; Refused unless 200."""
        return self._call("GET", path, params=query, headers=headers)

    def post(self, path: str, body: Json | None = None) -> Json:
        """POST; Refused unless it went well."""
        return self._call("POST", path, json=body or {})

    def put(self, path: str, content: bytes, media_type: str) -> Json:
        """PUT bytes."""
        return self._call("PUT", path, content=content, headers={"Content-Type": media_type})

    def bytes(self, path: str) -> bytes:
        """GET bytes."""
        answer = httpx.get(f"{self.base}/api/v1{path}", headers=self._headers(None), timeout=60)
        if answer.status_code != httpx.codes.OK:
            raise Refused(answer)
        return answer.content

    def _call(self, verb: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Json:
        answer = httpx.request(verb, f"{self.base}/api/v1{path}", headers=self._headers(headers), timeout=60, **more)
        if answer.is_error:
            raise Refused(answer)
        found: Json = answer.json()
        return found

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **(more or {})}


@dataclass(frozen=True)
class Command:
    """A command of ours as a process: `kura` or `kura-capture`."""

    module: str
    options: tuple[str, ...] = ()

    def run(self, *arguments: str, check: bool = True) -> str:
        """Its standard output; RuntimeError with its words when it fails and `check` is set."""
        done = subprocess.run([*self._base, *arguments], capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{self.module} {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What it prints with --json."""
        return json.loads(self.run(*arguments, "--json"))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start it and go on; its output can be read line by line."""
        return subprocess.Popen(
            [*self._base, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )

    @property
    def _base(self) -> list[str]:
        return [sys.executable, "-m", self.module, *self.options]


def kura(home: Path) -> Command:
    """The provider's command over that home."""
    return Command("portal", ("--home", str(home)))


def capture(home: Path) -> Command:
    """The facility's command over that home."""
    return Command("capture_client", ("--home", str(home)))
