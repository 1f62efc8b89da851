"""A backup ends with a receipt for every image, whatever the line does; what may not leave does not."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from capture_client.filing import catalogue
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import State
from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double.state import Portal


@pytest.fixture
def exam(home: Path, run: Command, pictures: list[bytes], tmp_path: Path) -> dict[str, Any]:
    """One filed exam of six images."""
    filed = run("import", folder_of(pictures, tmp_path / "in"), "--json")
    assert filed.status == 0, filed.err
    [item] = filed.data["items"]
    return dict(item)


def held(portal: Portal) -> set[str]:
    return {image["sha256"] for receipt in portal.receipts for image in receipt["images"]}


def digests(pictures: list[bytes]) -> set[str]:
    return {hashlib.sha256(jpeg).hexdigest() for jpeg in pictures}


def test_every_image_ends_in_a_receipt_that_is_kept(
    exam: dict[str, Any], home: Path, portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    done = run("backup", "--json")
    assert done.status == 0
    assert done.data["images"] == 6
    assert held(portal) == digests(pictures)
    kept = json.loads((home / "receipts" / f"{exam['exam']}.json").read_text())
    assert kept == portal.receipts[0]
    [row] = run("list", "--json").data["items"]
    assert (row["state"], row["id"]) == ("backed-up", "E1")


def test_backup_reads_from_mass_storage(
    exam: dict[str, Any], home: Path, portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    for file in (home / "filing" / exam["exam"]).glob("*.jpg"):
        file.unlink()  # per exam, so mass storage has been filled already
    assert run("backup").status == 0
    assert held(portal) == digests(pictures)


@pytest.mark.parametrize("cut", [0, 600, 9_000, 20_000])
def test_a_cut_line_is_resumed_with_what_is_missing_only(
    cut: int, exam: dict[str, Any], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    portal.cut_bundles_after = [cut, cut]
    done = run("backup", "--json")
    assert done.status == 0, done.err
    assert held(portal) == digests(pictures)
    assert portal.count("POST", "/bundle") == 3
    assert len(portal.receipts) == 1


def test_a_server_that_stumbles_is_asked_again(exam: dict[str, Any], portal: Portal, run: Command) -> None:
    portal.faults = [503, 502, 503, 500]
    assert run("backup").status == 0
    assert len(portal.exams) == len(portal.receipts) == len(portal.runs) == 1


def test_what_the_commit_misses_is_sent_again(exam: dict[str, Any], portal: Portal, run: Command) -> None:
    portal.lose_before_commit = 2
    assert run("backup").status == 0
    assert len(portal.receipts) == 1


def test_a_line_that_stays_cut_is_an_error_that_loses_nothing(
    exam: dict[str, Any], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    portal.cut_bundles_after = [0] * 20
    failed = run("backup")
    assert failed.status == 75
    assert len(failed.err.splitlines()) == 1
    assert portal.runs["run1"]["state"] == "failed"
    portal.cut_bundles_after = []
    assert run("backup").status == 0
    assert held(portal) == digests(pictures)


def test_small_bundles_when_the_settings_say_so(
    exam: dict[str, Any], portal: Portal, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KURA_CAPTURE_BACKUP_BUNDLE_BYTES", "20000")
    assert run("backup").status == 0
    assert portal.count("POST", "/bundle") > 2


def test_a_second_backup_with_nothing_new_asks_only_for_the_plan(
    exam: dict[str, Any], portal: Portal, run: Command
) -> None:
    run("backup")
    portal.called.clear()
    done = run("backup", "--json")
    assert (done.status, done.data["exams"]) == (0, [])
    assert portal.called == [("GET", "/backup-plan")]


def test_the_portal_hears_what_a_run_sends_and_how_it_ends(
    exam: dict[str, Any], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    run("backup")
    said = portal.runs["run1"]
    assert (said["trigger"], said["plan_version"], said["state"]) == ("on-demand", "v1", "finished")
    [listed] = said["exams"]
    assert listed["patient_id"] == "P-1"
    assert set(listed["digests"]) == digests(pictures)


@pytest.mark.parametrize(("unit", "runs"), [("facility", 1), ("patient", 2), ("exam", 3)])
def test_runs_are_cut_as_the_contract_says(
    unit: str, runs: int, home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    assert portal.plan is not None
    portal.plan["unit"] = unit
    for number, patient in enumerate(["P-1", "P-1", "P-2"]):
        run("import", folder_of(pictures[number * 2 : number * 2 + 2], tmp_path / str(number), patient_id=patient))
    assert run("backup").status == 0
    assert len(portal.runs) == runs
    assert len(portal.receipts) == 3


def test_an_opted_out_patient_is_not_even_named(
    home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    run("import", folder_of(pictures, tmp_path / "in", patient_id="P-out"))
    done = run("backup", "--json")
    assert (done.status, done.data["left_out"]) == (0, 1)
    assert not portal.exams
    assert not portal.runs


def test_an_opt_out_that_only_the_portal_knows_is_heeded_until_the_plan_changes(
    exam: dict[str, Any], portal: Portal, run: Command
) -> None:
    assert portal.plan is not None
    portal.plan["patients"] = {"default": "in", "except": []}
    run("status")  # the device learns the plan
    portal_says = {"default": "in", "except": ["P-1"]}
    portal.plan["patients"] = _Late(portal_says)
    done = run("backup", "--json")
    assert (done.status, done.data["left_out"]) == (0, 1)
    portal.called.clear()
    run("backup")
    assert ("POST", "/exams") not in portal.called
    portal.plan |= {"version": "v2", "patients": {"default": "in", "except": []}}
    assert run("backup", "--json").data["images"] == 6


def test_what_the_portal_refused_is_tried_again_when_a_person_asks(
    exam: dict[str, Any], portal: Portal, run: Command
) -> None:
    portal.faults_at["/exams"] = [422]
    failed = run("backup", "--json")
    assert (failed.status, failed.data["refused"]) == (1, {exam["exam"]: "unavailable"})
    assert run("backup", "--trigger", "per-exam", "--json").data["exams"] == []
    assert run("backup", "--json").data["images"] == 6


class _Late(dict[str, Any]):
    """A patients' part that the plan's JSON does not show yet."""

    def __init__(self, real: dict[str, Any]) -> None:
        super().__init__(default="in")
        self._real = real

    def __getitem__(self, name: str) -> Any:
        return self._real[name]


def test_a_kind_of_data_outside_the_contract_stays(
    home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    assert portal.plan is not None
    portal.plan["kinds"] = ["still"]
    folder = folder_of(pictures[:1], tmp_path / "in")
    (folder / "clip.mp4").write_bytes(b"not for the portal")
    run("import", folder)
    assert run("backup").status == 0
    assert [image["name"] for image in portal.receipts[0]["images"]] == ["IMG0.jpg"]


def test_a_full_area_says_what_is_left(exam: dict[str, Any], portal: Portal, run: Command) -> None:
    portal.left = 100
    failed = run("backup")
    assert failed.status == 7
    assert "100" in failed.err
    assert portal.runs["run1"]["state"] == "failed"


def test_a_receipt_of_a_stranger_is_not_accepted(exam: dict[str, Any], portal: Portal, run: Command) -> None:
    portal.private_key = Ed25519PrivateKey.generate()
    failed = run("backup")
    assert failed.status == 74
    assert "not signed by a pinned key" in failed.err
    [row] = run("list", "--json").data["items"]
    assert row["state"] == "stored"


def test_a_wrong_token_is_one_line(exam: dict[str, Any], run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_CAPTURE_SERVER_TOKEN", "wrong")
    failed = run("backup")
    assert failed.status == 5
    assert len(failed.err.splitlines()) == 1


def test_without_a_contract_a_person_can_still_back_up(exam: dict[str, Any], portal: Portal, run: Command) -> None:
    portal.plan = None
    assert run("backup", "--json").data["images"] == 6


def test_an_image_lost_from_mass_storage_is_taken_from_the_local_store(
    exam: dict[str, Any], home: Path, portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    [spoilt] = (home / "mass-storage").rglob("IMG2.jpg")
    spoilt.write_bytes(b"x" * spoilt.stat().st_size)
    assert run("backup").status == 0
    assert held(portal) == digests(pictures)


def test_an_exam_damaged_everywhere_holds_up_no_other(
    exam: dict[str, Any], home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    for place in ("mass-storage", "filing"):
        for file in (home / place).rglob("IMG2.jpg"):
            file.write_bytes(b"x" * 10)
    run("import", folder_of(pictures[:1], tmp_path / "more", patient_id="P-2"))
    failed = run("backup", "--json")
    assert failed.status == 1
    assert failed.data["refused"] == {exam["exam"]: "damaged"}
    assert [receipt["patient_id"] for receipt in portal.receipts] == ["P-2"]


@pytest.fixture
def three(home: Path, run: Command, pictures: list[bytes], tmp_path: Path) -> list[str]:
    """Three filed exams of two images each, by their keys; the patients are P-0, P-1 and P-2."""
    folders = [folder_of(pictures[n * 2 : n * 2 + 2], tmp_path / f"in{n}", patient_id=f"P-{n}") for n in range(3)]
    return [str(run("import", folder, "--json").data["items"][0]["exam"]) for folder in folders]


def test_small_exams_go_in_one_announcement_and_one_bundle(
    three: list[str], home: Path, portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    assert run("backup").status == 0
    assert held(portal) == digests(pictures)
    posted = [path for verb, path in portal.called if verb == "POST"]
    assert posted == ["/backup-runs", "/announcements", "/bundles"]
    assert sorted(path.stem for path in (home / "receipts").iterdir()) == sorted(three)
    assert {row["state"] for row in run("list", "--json").data["items"]} == {"backed-up"}


def test_a_portal_that_takes_no_exams_together_gets_each_by_itself(
    three: list[str], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    portal.knows_bundles = False
    assert run("backup").status == 0
    assert held(portal) == digests(pictures)
    assert portal.count("POST", "/bundle") == 3


@pytest.mark.parametrize("cut", [0, 600, 9_000, 20_000])
def test_exams_that_were_cut_together_are_brought_one_by_one(
    cut: int, three: list[str], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    portal.cut_bundles_after = [cut, cut]
    done = run("backup", "--json")
    assert (done.status, done.data["images"]) == (0, 6), done.err
    assert held(portal) == digests(pictures)
    assert len(portal.exams) == len(portal.receipts) == 3


def test_one_opt_out_that_only_the_portal_knows_holds_up_no_other(
    three: list[str], portal: Portal, run: Command
) -> None:
    assert portal.plan is not None
    run("status")  # the device learns the plan
    portal.plan["patients"] = _Late({"default": "in", "except": ["P-1"]})
    done = run("backup", "--json")
    assert (done.status, done.data["left_out"]) == (0, 1)
    assert sorted(receipt["patient_id"] for receipt in portal.receipts) == ["P-0", "P-2"]


def test_an_exam_of_which_the_portal_misses_what_is_not_here_holds_up_no_other(
    three: list[str], portal: Portal, run: Command
) -> None:
    elsewhere = [{"name": "other.jpg", "sha256": "0" * 64, "size": 1}]
    portal.exams["E9"] = {"id": "E9", "key": three[0], "patient_id": "P-0", "images": elsewhere, "receipt": None}
    failed = run("backup")
    assert failed.status not in (0, 70)
    assert failed.err.count("\n") == 1, "said in one line"
    assert sorted(receipt["patient_id"] for receipt in portal.receipts) == ["P-1", "P-2"]


def test_exams_that_have_no_room_together_are_asked_for_one_by_one(
    three: list[str], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    portal.left = max(len(pictures[n * 2]) + len(pictures[n * 2 + 1]) for n in range(3))
    assert run("backup").status == 0
    assert held(portal) == digests(pictures)


def test_a_backup_killed_in_mid_bundle_is_finished_by_the_next(
    exam: dict[str, Any], home: Path, portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    portal.hold_bundles = threading.Event()
    killed = subprocess.Popen([sys.executable, "-m", "capture_client.cli", "--home", str(home), "backup"])
    assert portal.bundle_began.wait(30)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    portal.hold_bundles.set()
    portal.hold_bundles = None
    done = run("backup", "--json")
    assert (done.status, done.data["images"]) == (0, 6)
    assert held(portal) == digests(pictures)
    assert len(portal.exams) == len(portal.receipts) == 1
    assert portal.runs["run1"] | {"error": "interrupted"} == portal.runs["run1"]


def test_a_kill_between_receipt_and_row_commits_again(
    exam: dict[str, Any], home: Path, portal: Portal, run: Command
) -> None:
    run("backup")
    (home / "receipts" / f"{exam['exam']}.json").unlink()
    database = FilingDatabase(home / "filing.sqlite")
    catalogue.move(database, exam["exam"], State.STORED)
    database.close()
    portal.called.clear()
    assert run("backup").status == 0
    assert portal.count("POST", "/bundle") == 0
    assert len(portal.receipts) == 1


def test_restore_brings_back_what_was_backed_up(
    exam: dict[str, Any], run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    run("backup")
    done = run("restore", exam["exam"], "--to", tmp_path / "out")
    assert done.status == 0
    assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in (tmp_path / "out").iterdir()} == digests(pictures)


@pytest.mark.parametrize("which", [["--everything"], ["--patient", "P-1"]])
def test_a_patient_or_everything_comes_back_in_folders_of_patients(
    exam: dict[str, Any], run: Command, pictures: list[bytes], tmp_path: Path, which: list[str]
) -> None:
    run("backup")
    assert run("restore", *which, "--to", tmp_path / "out").status == 0
    [folder] = (tmp_path / "out" / "P-1").iterdir()
    assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()} == digests(pictures)


def test_an_exam_that_is_not_what_its_receipt_says_is_refused(
    exam: dict[str, Any], run: Command, portal: Portal, tmp_path: Path
) -> None:
    run("backup")
    portal.exams["E1"]["images"].pop()
    assert run("restore", "E1", "--to", tmp_path / "out").status != 0
    assert not (tmp_path / "out").exists()


def test_one_of_three_ways_to_name_what_comes_back(run: Command, tmp_path: Path) -> None:
    assert run("restore", "E1", "--everything", "--to", tmp_path / "out").status == 2


def test_a_restored_file_that_was_spoilt_is_fetched_again(
    exam: dict[str, Any], portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    run("backup")
    run("restore", "E1", "--to", tmp_path / "out")
    (tmp_path / "out" / "IMG3.jpg").write_bytes(b"spoilt")
    portal.called.clear()
    assert run("restore", "E1", "--to", tmp_path / "out").status == 0
    assert (tmp_path / "out" / "IMG3.jpg").read_bytes() == pictures[3]
    assert portal.called[-1] == ("GET", "/exams/E1/images/IMG3.jpg")


def test_an_exam_that_nobody_knows_is_not_found(home: Path, run: Command, tmp_path: Path) -> None:
    assert run("restore", "E404", "--to", tmp_path / "out").status == 4


def test_what_the_portal_found_damaged_since_is_sent_again(
    exam: dict[str, Any], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    assert run("backup").status == 0
    lost = hashlib.sha256(pictures[2]).hexdigest()
    assert portal.plan is not None
    portal.plan["damaged"] = [exam["exam"]]
    del portal.blobs[lost]
    portal.called.clear()
    done = run("backup", "--json")
    assert (done.status, done.data["exams"]) == (0, [exam["exam"]])
    assert portal.blobs[lost] == pictures[2]
    assert (portal.count("POST", "/bundle"), len(portal.receipts)) == (1, 1)
    del portal.plan["damaged"]
    portal.called.clear()
    assert run("backup").status == 0
    assert portal.called == [("GET", "/backup-plan")]


def test_what_the_portal_was_given_after_the_backup_it_was_restored_from_is_announced_again_once(
    exam: dict[str, Any], portal: Portal, run: Command
) -> None:
    assert run("backup").status == 0
    assert portal.plan is not None
    portal.plan["restored"] = {"id": "r1", "since": "2026-11-23T06:00:00Z"}
    portal.called.clear()
    assert run("backup").status == 0
    assert portal.called == [("GET", "/backup-plan")], "its receipt is older than that backup"
    portal.plan["restored"] = {"id": "r2", "since": "2026-11-23T04:00:00Z"}
    portal.exams.clear()
    portal.called.clear()
    done = run("backup", "--json")
    assert (done.status, done.data["exams"]) == (0, [exam["exam"]])
    assert (portal.count("POST", "/bundle"), len(portal.exams)) == (0, 1), "the bytes were not lost, so none are sent"
    portal.called.clear()
    assert run("backup").status == 0
    assert portal.called == [("GET", "/backup-plan")]
