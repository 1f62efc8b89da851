"""`kura-capture record` and `kura serve` as processes: an exam recorded while the portal comes and goes is held."""

from pathlib import Path

import pytest
import tomli_w

from capture_client.camera import phantom
from portal.demo.callers import Command, capture
from tests.http import world
from tests.processes.live import Live

pytestmark = pytest.mark.timeout(300)

CONTRACT = {
    "target": "endoscopy room 1", "period": "monthly", "terms": 0, "start": "2026-01-01", "timing": "simultaneous",
    "unit": "exam", "kinds": ["still"], "unit_price": 0,
}  # fmt: skip


def agree(live: Live, folder: Path) -> None:
    facilities = [{**one, "contracts": [CONTRACT]} for one in world.APPLY["facilities"] if one["code"] == "aoba"]
    file = folder / "contract.toml"
    file.write_text(tomli_w.dumps({"facilities": facilities}), encoding="utf-8")
    live.kura.run("apply", str(file))


@pytest.fixture
def station(live: Live, tmp_path: Path) -> Command:
    """A device under a contract that says simultaneous; the portal serves."""
    agree(live, tmp_path)
    live.server.start()
    made = capture(tmp_path / "station")
    made.run("init", "--server", live.server.url, "--token", live.tokens["aoba-capture1"])
    return made


def held(live: Live) -> list[int]:
    """Images of each exam that is held."""
    nurse = live.caller("aoba-nurse")
    found = [nurse.get(f"/exams/{one['id']}") for one in nurse.get("/exams")["items"] if one["state"] == "held"]
    return [len(one["images"]) for one in found]


@pytest.fixture
def video(tmp_path: Path) -> str:
    file = tmp_path / "exam.mp4"
    phantom.film(phantom.Exam(seed=7, size=(320, 180)), file, 3)
    return str(file)


def test_a_recorded_exam_is_held_when_the_recording_ends(live: Live, station: Command, video: str) -> None:
    [exam] = station.json("record", "--source", video, "--patient", "P-1")["items"]
    assert exam["state"] == "backed-up"
    assert held(live) == [3]
    station.run("verify")


def test_an_exam_recorded_while_the_portal_is_away_follows_when_it_is_back(
    live: Live, station: Command, video: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KURA_CAPTURE_SERVER_ATTEMPTS", "1")
    live.server.kill()
    [exam] = station.json("record", "--source", video, "--patient", "P-1")["items"]
    assert exam["state"] == "stored"
    live.server.start()
    station.run("run", "--once")
    assert held(live) == [3]
    station.run("verify")


def test_a_portal_that_is_killed_in_the_middle_of_the_exam_has_it_whole_in_the_end(
    live: Live, station: Command, video: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KURA_CAPTURE_SERVER_ATTEMPTS", "1")
    recording = station.start("record", "--source", video, "--patient", "P-1")
    assert recording.stdout is not None
    assert "0001.jpg" in recording.stdout.readline()
    live.server.kill()
    recording.communicate(timeout=120)
    live.server.start()
    station.run("run", "--once")
    assert held(live) == [3]
    station.run("verify")
