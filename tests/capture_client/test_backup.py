"""A backup ends with a receipt for every image; the portal hears what a run sends and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.capture_client.backups import digests, digests_held
from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double.state import Portal


def test_every_image_ends_in_a_receipt_that_is_kept(
    exam: dict[str, Any], home: Path, portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    done = run("backup", "--json")
    assert done.status == 0
    assert done.data["images"] == 6
    assert digests_held(portal) == digests(pictures)
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
    assert digests_held(portal) == digests(pictures)


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


def test_without_a_contract_a_person_can_still_back_up(exam: dict[str, Any], portal: Portal, run: Command) -> None:
    portal.plan = None
    assert run("backup", "--json").data["images"] == 6


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
