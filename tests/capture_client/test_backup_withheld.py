"""What may not leave the facility does not, and what the portal refuses is said and tried again."""

from pathlib import Path
from typing import Any

from tests.capture_client.backups import LatePatients
from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double.state import Portal


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
    portal.plan["patients"] = LatePatients(portal_says)
    done = run("backup", "--json")
    assert (done.status, done.data["left_out"]) == (0, 1)
    portal.called.clear()
    run("backup")
    assert ("POST", "/exams") not in portal.called
    portal.plan |= {"version": "v2", "patients": {"default": "in", "except": []}}
    assert run("backup", "--json").data["images"] == 6


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


def test_what_the_portal_refused_is_tried_again_when_a_person_asks(
    exam: dict[str, Any], portal: Portal, run: Command
) -> None:
    portal.faults_at["/exams"] = [422]
    failed = run("backup", "--json")
    assert (failed.status, failed.data["refused"]) == (1, {exam["exam"]: "unavailable"})
    assert run("backup", "--trigger", "per-exam", "--json").data["exams"] == []
    assert run("backup", "--json").data["images"] == 6


def test_a_full_area_says_what_is_left(exam: dict[str, Any], portal: Portal, run: Command) -> None:
    portal.left = 100
    failed = run("backup")
    assert failed.status == 7
    assert "100" in failed.err
    assert portal.runs["run1"]["state"] == "failed"
