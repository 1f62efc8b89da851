"""The exams of the main job: filmed, recorded, cut off, killed, held once, and proved."""

import json
import sys
import threading
from pathlib import Path

from capture_client.camera import phantom
from portal.demo import names
from portal.demo.callers import Command, Json, capture
from portal.demo.cutter import Cutter
from portal.demo.telling import Story, until

PATIENT = "P-0001"
NURSE = f"{names.HERO}-nurse"
SCOPE_MODEL = "EV-310"
STILLS = 4
FILM_SIZE = "960x540"
TAR_END = bytes(1024)
"""What ends a bundle: with it the server has all that it is to commit."""


def set_up_device(story: Story, cutter: Cutter) -> Command:
    """The capture client of endoscopy room 1."""
    device = capture(story.folder / "capture")
    with story.step("device"):
        device.run("init", "--server", cutter.url, "--token", story.tokens[f"{names.HERO}-capture1"])
    return device


def _film(story: Story, name: str, seed: int, *, band: bool) -> Path:
    path = story.folder / f"{name}.mp4"
    look = ["--seed", str(seed), "--size", FILM_SIZE, *(["--green-band"] if band else [])]
    phantom.main([str(path), "--stills", str(STILLS), *look])
    return path


def _record(device: Command, film: Path, note: str) -> None:
    exam = (
        "--patient",
        PATIENT,
        "--kind",
        "上部消化管内視鏡",
        "--scope-model",
        SCOPE_MODEL,
        "--scope-serial",
        "3141592",
    )
    device.run("record", "--source", str(film), *exam, "--note", note, check=False)


def record_and_cut(story: Story, device: Command, cutter: Cutter) -> None:
    """An exam through a network that breaks twice."""
    with story.step("filmed") as step:
        film = _film(story, "exam-1", 3, band=True)
        step.says(stills=STILLS, size=film.stat().st_size // 1024)
    with story.step("recorded") as step:
        cutter.cut_after(40_000, 60_000)
        _record(device, film, "緑色の帯")
        until(lambda: _back_up(device) and not _waiting(device))
        exam = held_exams(story)[0]
        story.facts["exam"] = exam["id"]
        step.says(cuts=cutter.cuts, images=exam["images"])
        step.shown(f"/exams/{exam['id']}", NURSE)
    if cutter.cuts < 2:
        raise RuntimeError(f"the connection was to be cut twice and was cut {cutter.cuts} times")


def kill_in_commit(story: Story, device: Command, cutter: Cutter) -> None:
    """Another exam, and the power fails while it is committed."""
    with story.step("killed") as step:
        film = _film(story, "exam-2", 8, band=False)
        power = threading.Thread(target=story.server.start)

        def power_cut() -> None:
            story.server.kill()
            power.start()

        cutter.when_sent(TAR_END, power_cut)
        _record(device, film, "経過観察")
        if not story.server.kills:
            raise RuntimeError("the server was to be killed in its commit and was not")
        power.join()
        until(lambda: _back_up(device) and not _waiting(device))
        exam = next(one for one in held_exams(story) if one["id"] != story.facts["exam"])
        story.facts["second-exam"] = exam["id"]
        step.shown(f"/exams/{exam['id']}", NURSE)


def verify_offline(story: Story, device: Command) -> None:
    """What the portal promised, proved without it."""
    with story.step("verified") as step:
        receipts = sorted((story.folder / "capture").rglob("receipts/*.json"))
        device.run("verify", *map(str, receipts))
        for path in receipts:
            receipt = json.loads(path.read_text(encoding="utf-8"))
            for image in receipt["images"]:
                story.told.images[f"{receipt['exam']}/{image['name']}"] = image["sha256"]
        step.says(receipts=len(receipts), images=len(story.told.images))


def held_exams(story: Story) -> list[Json]:
    """The patient's exams that the portal has."""
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
