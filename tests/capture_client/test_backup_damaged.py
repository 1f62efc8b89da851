"""An image that was lost at the facility or at the portal is taken from where it is whole."""

import hashlib
from pathlib import Path
from typing import Any

from tests.capture_client.backups import digests, digests_held
from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double.state import Portal


def test_an_image_lost_from_mass_storage_is_taken_from_the_local_store(
    exam: dict[str, Any], home: Path, portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    [spoilt] = (home / "mass-storage").rglob("IMG2.jpg")
    spoilt.write_bytes(b"x" * spoilt.stat().st_size)
    assert run("backup").status == 0
    assert digests_held(portal) == digests(pictures)


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
