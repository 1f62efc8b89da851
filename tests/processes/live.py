"""A home with people in it, served by a real process; the callers of its API."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import tomli_w

from portal.demo.callers import Caller, kura
from portal.demo.server import Server
from portal.pages.demo import STORY_FILE
from tests.http import world

SETTINGS = """\
[people]
totp_required = false

[demo]
enabled = true
"""
SUBJECT = "画像に緑色の帯が出る"
BODY = "画像に緑色の帯が出る。スコープの故障か? 鎮静の薬剤も確かめたい。"


class Live:
    """A home, its tokens by login, and its server, which the test starts."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.kura = kura(self.home)
        self.kura.run("init")
        with (self.home / "kura.toml").open("w", encoding="utf-8") as settings:
            settings.write(SETTINGS)
        file, tokens = folder / "apply.toml", folder / "tokens.json"
        file.write_text(tomli_w.dumps(world.APPLY), encoding="utf-8")
        self.kura.run("apply", str(file), "--tokens", str(tokens))
        self.tokens: dict[str, str] = json.loads(tokens.read_text(encoding="utf-8"))
        people = [{"login": login, "words": "", "url": ""} for login in self.tokens]
        (self.home / STORY_FILE).write_text(json.dumps({"people": people}), encoding="utf-8")
        self.server = Server(self.home)

    def caller(self, login: str) -> Caller:
        """That login over the API."""
        return Caller(self.server.url, self.tokens[login])

    def announce(self, contents: list[bytes]) -> str:
        """The id of an exam of those images, announced by the device of aoba."""
        images = [
            {"name": f"{number}.jpg", "sha256": hashlib.sha256(one).hexdigest(), "size": len(one)}
            for number, one in enumerate(contents)
        ]
        manifest = {"patient_id": "P-1", "performed_at": "2026-11-20T09:00:00+09:00", "kind": "EGD", "images": images}
        return str(self.caller("aoba-capture1").post("/exams", manifest)["id"])

    def send(self, exam_id: str, contents: list[bytes]) -> None:
        """Its images in one bundle; AssertionError unless all arrived."""
        sent = self.post_tar(exam_id, world.tar_of(contents))
        assert sent.json() == {"missing": []}, sent.text

    def post_tar(self, exam_id: str, content: Any) -> httpx.Response:
        """The bundle call with that body."""
        headers = {"Authorization": f"Bearer {self.tokens['aoba-capture1']}"}
        url = f"{self.server.url}/api/v1/exams/{exam_id}/bundle"
        return httpx.post(url, content=content, headers=headers, timeout=60)

    def commit(self, exam_id: str) -> dict[str, Any]:
        """The commit call; what it answers."""
        return self.caller("aoba-capture1").post(f"/exams/{exam_id}/commit")

    def exam(self, count: int = 3, seed: int = 0) -> str:
        """An exam that is held."""
        contents = [world.jpeg(seed + number) for number in range(count)]
        exam_id = self.announce(contents)
        self.send(exam_id, contents)
        self.commit(exam_id)
        return exam_id

    def file(self, **more: Any) -> str:
        """The id of a request, filed by the nurse of aoba and acknowledged."""
        body = {"subject": SUBJECT, "body": BODY, **more}
        return str(self.caller("aoba-nurse").post("/requests", body)["id"])
