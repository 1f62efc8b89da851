"""A home with people in it, served by a real process; the callers of its API."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import tomli_w

from portal.demo.callers import Caller, Command, kura
from portal.demo.server import Server
from portal.pages.demo import STORY_FILE
from tests.http import world
from tests.services.homes import begin

SETTINGS = """\
[people]
totp_required = false

[demo]
enabled = true
"""
TOKENS = "tokens.json"
DEVICE = "aoba-capture1"
SUBJECT = "画像に緑色の帯が出る"
PATIENCE_SECONDS = 60.0
BODY = "画像に緑色の帯が出る。スコープの故障か? 鎮静の薬剤も確かめたい。"


def make(folder: Path) -> None:
    """A home with people in it, by the real commands."""
    command = kura(folder / "home")
    command.run("init")
    with (folder / "home" / "kura.toml").open("w", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    apply(command, folder, world.APPLY)


def apply(command: Command, folder: Path, said: dict[str, Any]) -> None:
    """Bring the installation to what is said; the tokens of everyone in it lie beside it."""
    file = folder / "apply.toml"
    file.write_text(tomli_w.dumps(said), encoding="utf-8")
    command.run("apply", str(file), "--tokens", str(folder / TOKENS))


class Live:
    """A home, its tokens by login, and its server, which the test starts."""

    def __init__(self, folder: Path) -> None:
        self.home, self.folder = folder / "home", folder
        self.kura = kura(self.home)
        self.tokens: dict[str, str] = {}
        begin(folder, make)
        self._know()
        self.server = Server(self.home)

    def apply(self, said: dict[str, Any]) -> None:
        """Bring the installation to what is said; everyone in it has a token and a button on the demo's page."""
        apply(self.kura, self.folder, said)
        self._know()

    def _know(self) -> None:
        self.tokens = json.loads((self.folder / TOKENS).read_text(encoding="utf-8"))
        people = [{"login": login, "words": "", "url": ""} for login in self.tokens]
        (self.home / STORY_FILE).write_text(json.dumps({"people": people}), encoding="utf-8")

    def caller(self, login: str) -> Caller:
        """That login over the API."""
        return Caller(self.server.url, self.tokens[login])

    def announce(self, contents: list[bytes], device: str = DEVICE, **more: Any) -> str:
        """The id of an exam of those images, announced by a device."""
        images = [
            {"name": f"{number}.jpg", "sha256": hashlib.sha256(one).hexdigest(), "size": len(one)}
            for number, one in enumerate(contents)
        ]
        manifest = {"patient_id": "P-1", "performed_at": "2026-11-20T09:00:00+09:00", "kind": "EGD", "images": images}
        return str(self.caller(device).post("/exams", {**manifest, **more})["id"])

    def send(self, exam_id: str, contents: list[bytes], device: str = DEVICE) -> None:
        """Its images in one bundle; AssertionError unless all arrived."""
        sent = self.post_tar(exam_id, world.tar_of(contents), device)
        assert sent.json() == {"missing": []}, sent.text

    def post_tar(self, exam_id: str, content: Any, device: str = DEVICE) -> httpx.Response:
        """The bundle call with that body."""
        headers = {"Authorization": f"Bearer {self.tokens[device]}"}
        url = f"{self.server.url}/api/v1/exams/{exam_id}/bundle"
        return httpx.post(url, content=content, headers=headers, timeout=60)

    def commit(self, exam_id: str, device: str = DEVICE) -> dict[str, Any]:
        """The commit call; what it answers."""
        return self.caller(device).post(f"/exams/{exam_id}/commit")

    def exam(self, count: int = 3, seed: int = 0) -> str:
        """An exam that is held."""
        return self.held([world.jpeg(seed + number) for number in range(count)])

    def held(self, contents: list[bytes], device: str = DEVICE, **more: Any) -> str:
        """The id of an exam of those images that is held; `more` goes into its manifest."""
        exam_id = self.announce(contents, device, **more)
        self.send(exam_id, contents, device)
        self.commit(exam_id, device)
        return exam_id

    def file(self, login: str = "aoba-nurse", **more: Any) -> str:
        """The id of a request, filed by a nurse and acknowledged."""
        body = {"subject": SUBJECT, "body": BODY, **more}
        return str(self.caller(login).post("/requests", body)["id"])


def until(done: Callable[[], bool]) -> None:
    """Look until it is so; AssertionError after a minute."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < end, "it did not come about in a minute"
        time.sleep(0.1)
