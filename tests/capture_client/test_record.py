"""`record`: from a real video to filed stills, and on to the portal when the contract says so."""

from pathlib import Path

import pytest

from capture_client.camera import still
from tests.capture_client.conftest import Command
from tests.capture_client.portal_double.state import Portal


def test_each_press_of_the_button_is_a_filed_still(home: Path, run: Command, video: Path) -> None:
    done = run(
        "record", "--source", video, "--patient", "P-1", "--kind", "colonoscopy", "--scope-model", "KV-290",
        "--scope-serial", "2210457", "--note", "band seen", "--person", "Sato", "--json",
    )  # fmt: skip
    assert done.status == 0, done.err
    [item] = done.data["items"]
    assert (item["images"], item["state"], item["person"]) == (3, "stored", "Sato")
    [data] = {still.read(file.read_bytes()) for file in (home / "filing").rglob("0001.jpg")}
    assert data is not None
    assert (data.patient_id, data.scope_serial, data.kind) == ("P-1", "2210457", "colonoscopy")
    assert len(list((home / "mass-storage").rglob("*.jpg"))) == 3


@pytest.mark.parametrize("timing", ["per-exam", "simultaneous"])
def test_it_is_backed_up_at_once_when_the_contract_says_so(
    timing: str, home: Path, portal: Portal, run: Command, video: Path
) -> None:
    assert portal.plan is not None
    portal.plan["timing"] = timing
    portal.cut_bundles_after = [10_000, 20_000]
    [item] = run("record", "--source", video, "--patient", "P-1", "--json").data["items"]
    assert (item["state"], item["id"]) == ("backed-up", "E1")
    assert Path(item["receipt"]).is_file()
    assert portal.runs["run1"]["trigger"] == timing


def test_a_portal_that_is_away_fails_no_recording(home: Path, portal: Portal, run: Command, video: Path) -> None:
    assert portal.plan is not None
    portal.plan["timing"] = "per-exam"
    run("status")
    portal.faults = [503] * 99
    done = run("record", "--source", video, "--patient", "P-1", "--json")
    assert (done.status, done.data["items"][0]["state"]) == (0, "stored")
    assert "cannot be reached" in done.err
    portal.faults = []
    assert run("backup", "--json").data["images"] == 3


def test_mass_storage_may_wait_for_the_night_and_a_backup_brings_it_forward(
    home: Path, portal: Portal, run: Command, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KURA_CAPTURE_STORAGE_FILL", "nightly@02:00")
    [item] = run("record", "--source", video, "--patient", "P-1", "--json").data["items"]
    assert item["state"] == "filed"
    assert not list((home / "mass-storage").rglob("*.jpg"))
    assert run("backup", "--json").data["images"] == 3


def test_without_a_patient_nothing_is_recorded(home: Path, run: Command, video: Path) -> None:
    failed = run("record", "--source", video)
    assert failed.status == 2
    assert run("list", "--json").data["items"] == []


def test_a_source_that_is_not_there_is_one_line(home: Path, run: Command) -> None:
    failed = run("record", "--source", "no-such-file.mp4", "--patient", "P-1")
    assert failed.status == 75
    assert failed.err.splitlines()[-1].startswith("no-such-file.mp4 gave no picture")
    assert run("list", "--json").data["items"] == []
