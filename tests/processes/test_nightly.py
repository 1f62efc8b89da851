"""`kura-capture run` and `kura serve` as processes: the daemon carries out the night that the portal's clock began."""

from pathlib import Path

import pytest
import tomli_w

from capture_client.camera import phantom
from portal.demo.callers import capture
from tests.http import world
from tests.processes.live import Live

pytestmark = pytest.mark.timeout(300)

DAY = 24 * 60 * 60
CONTRACT = {
    "target": "endoscopy room 1", "period": "monthly", "terms": 0, "start": "2026-01-01", "timing": "nightly@02:00",
    "unit": "facility", "kinds": ["still"], "unit_price": 0,
}  # fmt: skip


def test_the_daemon_backs_up_when_the_portals_night_has_come(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facilities = [{**one, "contracts": [CONTRACT]} for one in world.APPLY["facilities"] if one["code"] == "aoba"]
    file = tmp_path / "contract.toml"
    file.write_text(tomli_w.dumps({"facilities": facilities}), encoding="utf-8")
    live.kura.run("apply", str(file))
    live.server.start()
    station = capture(tmp_path / "station")
    station.run("init", "--server", live.server.url, "--token", live.tokens["aoba-capture1"])
    (tmp_path / "P-1").mkdir()
    for number, jpeg in enumerate(phantom.stills(phantom.Exam(seed=5, size=(96, 64)), 2)):
        (tmp_path / "P-1" / f"{number}.jpg").write_bytes(jpeg)
    station.run("import", str(tmp_path / "P-1"), "--patient", "P-1")
    station.run("run", "--once")
    assert live.caller("aoba-nurse").get("/exams")["items"] == []
    live.server.stop()
    monkeypatch.setenv("KURA_CLOCK_SHIFT_SECONDS", str(DAY))  # the portal's; the device stays in yesterday
    live.server.start()
    daemon = station.start("run")
    try:
        assert daemon.stdout is not None
        said = next(line for line in daemon.stdout if "backed up" in line or "バックアップし" in line)
    finally:
        daemon.terminate()
        daemon.communicate(timeout=60)
    assert "2" in said
    [exam] = live.caller("aoba-nurse").get("/exams")["items"]
    assert exam["state"] == "held"
    assert station.json("status")["due"] is None
    station.run("verify")
