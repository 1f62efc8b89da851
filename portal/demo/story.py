"""The main job, told once: each step is done for real, watched, and printed with its seconds and a link."""

import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np

from capture_client.camera import phantom
from portal.demo import names
from portal.demo.callers import Caller, Command, Json, Refused, capture, kura
from portal.demo.cutter import Cutter
from portal.demo.server import Server

PATIENT = "P-0001"
STILLS = 4
FILM_SIZE = "960x540"
PATIENCE_SECONDS = 60.0
PURPOSE = "今月の緑色の帯の報告を施設をまたいで調べる"


@dataclass
class Told:
    """What clients were told is safe, to be counted at the end."""

    images: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


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
    def step(self, words: str, page: str = "") -> Iterator[Callable[[str, str], None]]:
        """Print one line when the block is done; the block may add words and say which page shows it."""
        began = time.monotonic()
        said = {"words": words, "page": page}

        def add(more: str, page: str = "") -> None:
            said["words"] += more
            said["page"] = page or said["page"]

        yield add
        seconds = round(time.monotonic() - began, 1)
        url = f"{self.server.url}{said['page']}" if said["page"] else ""
        self.steps.append({"words": said["words"], "seconds": seconds, "url": said["page"]})
        sys.stdout.write(f"  ✓ {said['words']}  {seconds} s  {url}\n")
        sys.stdout.flush()


def tell(story: Story) -> Json:
    """The whole job; returns what was counted. RuntimeError or Refused where a step did not hold."""
    cutter = Cutter(("127.0.0.1", story.server.port))
    device = _set_up_device(story, cutter)
    _record_and_cut(story, device, cutter)
    _kill_in_commit(story, device, cutter)
    _verify_offline(story, device)
    _file(story)
    _route(story)
    _claim_twice(story)
    with _terminal(story, device) as lines:
        _ask_reply_answer(story)
        _notice(story, lines)
    _pick_up(story)
    _stranger(story)
    _analyst(story)
    _administrator(story)
    return _count(story)


def _set_up_device(story: Story, cutter: Cutter) -> Command:
    device = capture(story.folder / "capture")
    with story.step("endoscopy room 1 has its capture client"):
        device.run("init", "--server", cutter.url, "--token", story.tokens[f"{names.HERO}-capture1"])
    return device


def _film(story: Story, name: str, seed: int, *, band: bool) -> Path:
    path = story.folder / f"{name}.mp4"
    look = ["--seed", str(seed), "--size", FILM_SIZE, *(["--green-band"] if band else [])]
    phantom.main([str(path), "--stills", str(STILLS), *look])
    return path


def _record(device: Command, film: Path, note: str) -> None:
    exam = ("--patient", PATIENT, "--kind", "上部消化管内視鏡", "--scope-model", "EV-310", "--scope-serial", "3141592")
    device.run("record", "--source", str(film), *exam, "--note", note, check=False)


def _record_and_cut(story: Story, device: Command, cutter: Cutter) -> None:
    with story.step("an exam is filmed: moving mucosa, the freeze button pressed", "") as add:
        film = _film(story, "exam-1", 3, band=True)
        add(f" {STILLS} times ({film.stat().st_size // 1024} KB of video)", "")
    with story.step("recorded and backed up after the exam", "") as add:
        cutter.cut_after(40_000, 60_000)
        _record(device, film, "緑色の帯")
        _until(lambda: _back_up(device) and not _waiting(device))
        exam = _exams(story)[0]
        story.facts["exam"] = exam["id"]
        add(f", connection cut {cutter.cuts} times, resumed; {exam['images']} images held", f"/exams/{exam['id']}")
    if cutter.cuts < 2:
        raise RuntimeError(f"the connection was to be cut twice and was cut {cutter.cuts} times")


def _kill_in_commit(story: Story, device: Command, cutter: Cutter) -> None:
    with story.step("a second exam: the server killed with SIGKILL in mid-commit", "") as add:
        film = _film(story, "exam-2", 8, band=False)
        power = threading.Thread(target=story.server.start)

        def power_cut() -> None:
            story.server.kill()
            power.start()

        cutter.when_sent(b"/commit", power_cut)
        _record(device, film, "経過観察")
        if not story.server.kills:
            raise RuntimeError("the server was to be killed in its commit and was not")
        power.join()
        _until(lambda: _back_up(device) and not _waiting(device))
        exam = next(one for one in _exams(story) if one["id"] != story.facts["exam"])
        add(", started again, the exam is held once", f"/exams/{exam['id']}")


def _verify_offline(story: Story, device: Command) -> None:
    with story.step("receipts verified offline: signatures, digests, chain") as add:
        receipts = sorted((story.folder / "capture").rglob("receipts/*.json"))
        device.run("verify", *map(str, receipts))
        for path in receipts:
            receipt = json.loads(path.read_text(encoding="utf-8"))
            for image in receipt["images"]:
                story.told.images[f"{receipt['exam']}/{image['name']}"] = image["sha256"]
        add(f" ({len(receipts)} receipts, {len(story.told.images)} images)", "")


def _file(story: Story) -> None:
    with story.step("a nurse marks two images and files a request") as add:
        nurse = story.caller(f"{names.HERO}-nurse")
        exam = nurse.get(f"/exams/{story.facts['exam']}")
        ring = {"type": "ring", "x": 0.74, "y": 0.5, "r": 0.12}
        images = [{"exam": exam["id"], "name": one["name"], "marks": [ring]} for one in exam["images"][:2]]
        body = "画像に緑色の帯が出る。スコープの故障か? 鎮静に使う薬剤の追加量も教えてください。"
        request = {"subject": "画像に緑色の帯が出る", "body": body, "exams": [exam["id"]], "images": images}
        filed = nurse.post("/requests", request)
        story.facts["request"] = filed["id"]
        story.told.requests.append(filed["id"])
        add("", f"/requests/{filed['id']}")


def _route(story: Story) -> None:
    with story.step("the sweep collects it; the router sends it to", "") as add:
        kura(story.server.home).json("sweep")
        request = story.caller(f"{names.HERO}-nurse").get(f"/requests/{story.facts['request']}")
        story.facts["assignments"] = {one["department"]: one["id"] for one in request["assignments"]}
        if set(story.facts["assignments"]) != {"repair", "clinical"}:
            raise RuntimeError(f"it went to {sorted(story.facts['assignments'])}")
        shown = [_why(story, login) for login in ("repair1", "clinical1")]
        add(" " + " and ".join(shown), f"/assignments/{story.facts['assignments']['repair']}")


def _why(story: Story, login: str) -> str:
    items = story.caller(login).get("/queue")["items"]
    row = next(one for one in items if one["request"]["id"] == story.facts["request"])
    words = [word for reason in row["reasons"] for word in reason.get("words", [])]
    return f"{row['department']} {row['probability']:.0%} ({', '.join(words[:3])})"


def _claim_twice(story: Story) -> None:
    assignment = story.facts["assignments"]["repair"]
    with story.step("one person of Repair claims it; a second claim is refused: ", f"/assignments/{assignment}") as add:
        story.caller("repair1").post(f"/assignments/{assignment}/claim")
        try:
            story.caller("repair2").post(f"/assignments/{assignment}/claim")
        except Refused as refused:
            if refused.status != 409:
                raise
            add(f"held by {refused.answer.json()['holder']}", "")
        else:
            raise RuntimeError("two people claimed the same assignment")


def _ask_reply_answer(story: Story) -> None:
    repair, clinical = story.facts["assignments"]["repair"], story.facts["assignments"]["clinical"]
    with story.step("Repair asks back, the nurse replies, both departments answer", f"/assignments/{repair}"):
        technician, nurse = story.caller("repair1"), story.caller(f"{names.HERO}-nurse")
        technician.post(f"/assignments/{repair}/ask", {"body": "帯は全ての検査で出ますか。"})
        nurse.post(f"/requests/{story.facts['request']}/messages", {"body": "このスコープだけです。"})
        exam = nurse.get(f"/exams/{story.facts['exam']}")
        picture = technician.bytes(f"/assignments/{repair}/images/{exam['id']}/{quote(exam['images'][0]['name'])}")
        technician.put(f"/assignments/{repair}/files/marked.jpg", _marked_up(picture), "image/jpeg")
        body = "撮像素子の信号線の不良です。使用を止め、代替機をお使いください。明朝お届けします。"
        technician.post(f"/assignments/{repair}/answer", {"body": body, "files": ["marked.jpg"]})
        doctor = story.caller("clinical1")
        doctor.post(f"/assignments/{clinical}/claim")
        doctor.post(f"/assignments/{clinical}/answer", {"body": "添付文書の範囲内で、施設の手順書に従ってください。"})


def _marked_up(picture: bytes) -> bytes:
    """The picture with a ring around what is meant."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise RuntimeError("the picture does not decode")
    height, width = image.shape[:2]
    cv2.circle(image, (int(width * 0.74), int(height * 0.5)), int(width * 0.12), (0, 220, 255), 4, cv2.LINE_AA)
    return cv2.imencode(".jpg", image)[1].tobytes()


@contextmanager
def _terminal(story: Story, device: Command) -> Iterator[subprocess.Popen[str]]:
    """The terminal in the endoscopy room, waiting for answers."""
    waiting = device.start("inbox", "--follow", "--count", "2")
    try:
        yield waiting
    finally:
        waiting.terminate()
        waiting.wait(timeout=10)


def _notice(story: Story, terminal: "subprocess.Popen[str]") -> None:
    with story.step("the terminal in the room shows a notice for each: ", f"/requests/{story.facts['request']}") as add:
        output, _ = terminal.communicate(timeout=PATIENCE_SECONDS)
        found = [line.strip() for line in output.splitlines() if story.facts["request"] in line]
        if len(found) != 2:
            raise RuntimeError(f"two notices were expected: {output}")
        add(found[0], "")


def _pick_up(story: Story) -> None:
    with story.step("the nurse picks both answers up by name; the request is", "/answers") as add:
        nurse = story.caller(f"{names.HERO}-nurse")
        for answer in nurse.get("/answers", state="ready")["items"]:
            picked = nurse.post(f"/answers/{answer['id']}/pickup", {"person": f"{names.HERO}-nurse"})
            story.told.answers.append(picked["id"])
        state = nurse.get(f"/requests/{story.facts['request']}")["state"]
        if state != "picked-up":
            raise RuntimeError(f"the request is {state}")
        add(f" {state}", "")


def _stranger(story: Story) -> None:
    with story.step("a stranger facility that guesses the address gets ", "") as add:
        stranger = story.caller(f"{names.STRANGER}-nurse")
        for path in (f"/exams/{story.facts['exam']}", f"/requests/{story.facts['request']}"):
            try:
                stranger.get(path)
            except Refused as refused:
                if refused.status != 404:
                    raise
            else:
                raise RuntimeError(f"a stranger read {path}")
        add("404", "")


def _analyst(story: Story) -> None:
    with story.step("the analyst, under a stated purpose, finds green bands in other areas: ", "/search") as add:
        analyst = story.caller("analyst1")
        headers = {"Kura-Purpose": quote(PURPOSE)}
        kinds = {"kind": "request", "limit": 50}

        def found() -> set[str]:
            page = analyst.get("/search", headers=headers, q='緑色の帯 OR "green band"', **kinds)
            return {item["facility"] for item in page["items"]}

        _until(lambda: set(names.BANDED) | {names.HERO} <= found())
        others = sorted(found() - {names.HERO})
        if others != sorted(names.BANDED):
            raise RuntimeError(f"green bands were found in {others}")
        add(", ".join(others), f"/search?purpose={quote(PURPOSE)}&q={quote('緑色の帯')}")


def _administrator(story: Story) -> None:
    with story.step("the facility's administrator reads who looked: ", "/access-log") as add:
        looks = story.caller(f"{names.HERO}-admin").get("/access-log", limit=200)["items"]
        look = next((one for one in looks if one["who"] == "analyst1" and one["why"] == PURPOSE), None)
        if look is None:
            raise RuntimeError("the analyst's search is not in the access log")
        add(f"{look['who']}, “{look['why']}”", "")


def _count(story: Story) -> Json:
    """Everything that anyone was told is safe: is it there, and once?"""
    nurse = story.caller(f"{names.HERO}-nurse")
    lost = doubled = 0
    for name, digest in story.told.images.items():
        exam, _slash, image = name.partition("/")
        if hashlib.sha256(nurse.bytes(f"/exams/{exam}/images/{quote(image)}")).hexdigest() != digest:
            lost += 1
    exams = _exams(story)
    doubled += len(exams) - len({name.partition("/")[0] for name in story.told.images})
    filed = [one["id"] for one in nurse.get("/requests", limit=200)["items"] if one["channel"] != "import"]
    answers = [one["id"] for one in nurse.get(f"/requests/{story.facts['request']}")["answers"]]
    for told, there in ((story.told.requests, filed), (story.told.answers, answers)):
        lost += len(set(told) - set(there))
        doubled += len(there) - len(set(told))
    acknowledged = len(story.told.images) + len(story.told.requests) + len(story.told.answers)
    return {"acknowledged": acknowledged, "lost": lost, "doubled": doubled}


def _exams(story: Story) -> list[Json]:
    found: list[Json] = story.caller(f"{names.HERO}-nurse").get("/exams", patient_id=PATIENT)["items"]
    return found


def _back_up(device: Command) -> bool:
    """Whether a backup went through; a cut one goes on with the next."""
    try:
        device.run("backup")
    except RuntimeError as problem:
        sys.stderr.write(f"    {problem}\n")
        return False
    return True


def _waiting(device: Command) -> int:
    """Exams that are filed and not held yet."""
    return sum(1 for exam in device.json("list")["items"] if exam["state"] != "backed-up")


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > until:
            raise RuntimeError("it did not come about in a minute")
        time.sleep(0.2)
