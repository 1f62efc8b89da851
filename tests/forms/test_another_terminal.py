"""Another terminal of the facility, in a home of its own, restores what a device has backed up and is gone with."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.forms.station import STILLS, Station
from vault.tenancy import devices, tokens

HELD = {"P-1": 2, "P-2": 1}
"""How many exams of each patient."""


class Terminal(Station):
    """A second device of aoba, which has filed nothing."""

    def set_up(self) -> None:
        with self.served.world.installation.database.transaction() as session:
            device = devices.add(session, self.area, login="aoba-capture2")
            token = tokens.create(session, self.area, device)
        done = self.run("init", "--home", self.home, "--server", self.served.url, "--token", token)
        assert done.status == 0, done.err


@pytest.fixture
def receipts(station: Station, tmp_path: Path) -> list[Path]:
    """What the first device was given for three exams, before it and all its files were lost."""
    station.agree(timing="per-exam", unit="exam")
    station.run("import", *station.three_exams())
    assert station.run("run", "--once").status == 0
    kept = tmp_path / "receipts"
    shutil.copytree(station.home / "receipts", kept)
    shutil.rmtree(station.folder)
    found = sorted(kept.glob("*.json"))
    assert len(found) == 3
    return found


@pytest.fixture
def other(station: Station, receipts: list[Path], tmp_path: Path) -> Terminal:
    """The second device, in its own home."""
    made = Terminal(station.served, tmp_path / "other", station.clock, station.capfd)
    made.set_up()
    return made


def images_of(folder: Path) -> dict[str, str]:
    """Digest of each file of an exam's folder, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def listed_in(path: Path) -> dict[str, str]:
    """The same as a receipt lists it."""
    return {
        image["name"]: image["sha256"]
        for image in sorted(json.loads(path.read_bytes())["images"], key=lambda one: one["name"])
    }


def test_another_terminal_restores_everything_and_each_image_is_what_its_receipt_lists(
    other: Terminal, receipts: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = other.run("restore", "--home", other.home, "--everything", "--to", out, "--json")
    assert done.status == 0, done.err
    folders = [Path(folder) for folder in done.data["exams"]]
    assert {patient: sum(folder.parent.name == patient for folder in folders) for patient in HELD} == HELD
    restored = [images_of(folder) for folder in folders]
    assert sorted(restored, key=str) == sorted((listed_in(path) for path in receipts), key=str)
    stills = {hashlib.sha256(still).hexdigest() for still in STILLS[:6]}
    assert {digest for images in restored for digest in images.values()} == stills
    for path in receipts:
        (mine,) = (folder for folder in folders if images_of(folder) == listed_in(path))
        verified = other.run("verify", path, "--home", other.home, "--files", mine, "--json")
        assert (verified.status, [one["faults"] for one in verified.data["items"]]) == (0, [[]])


def test_a_file_that_was_spoilt_after_it_was_restored_does_not_verify(
    other: Terminal, receipts: list[Path], tmp_path: Path
) -> None:
    exam = json.loads(receipts[0].read_bytes())["exam"]
    assert other.run("restore", exam, "--home", other.home, "--to", tmp_path / "out").status == 0
    assert other.run("verify", receipts[0], "--home", other.home, "--files", tmp_path / "out").status == 0
    spoilt = tmp_path / "out" / "0.jpg"
    raw = bytearray(spoilt.read_bytes())
    raw[-3] ^= 1
    spoilt.write_bytes(raw)
    assert other.run("verify", receipts[0], "--home", other.home, "--files", tmp_path / "out").status != 0


def test_another_terminal_restores_one_patient_and_nobody_elses(other: Terminal, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert other.run("restore", "--home", other.home, "--patient", "P-2", "--to", out).status == 0
    assert [folder.name for folder in out.iterdir()] == ["P-2"]


def test_a_device_of_another_facility_finds_nothing(other: Terminal, receipts: list[Path], tmp_path: Path) -> None:
    stranger = Station(other.served, tmp_path / "stranger", other.clock, other.capfd)
    token = other.served.world.tokens["midori-capture1"]
    assert stranger.run("init", "--home", stranger.home, "--server", other.served.url, "--token", token).status == 0
    exam = json.loads(receipts[0].read_bytes())["exam"]
    assert stranger.run("restore", exam, "--home", stranger.home, "--to", tmp_path / "no").status == 4
    done = stranger.run("restore", "--everything", "--home", stranger.home, "--to", tmp_path / "no", "--json")
    assert (done.status, done.data["exams"]) == (0, [])
