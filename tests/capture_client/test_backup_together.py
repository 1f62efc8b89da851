"""Small exams go to the portal together; one that cannot go holds up no other."""

from pathlib import Path

import pytest

from tests.capture_client.backups import LatePatients, digests, digests_held
from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double.state import Portal


@pytest.fixture
def three(home: Path, run: Command, pictures: list[bytes], tmp_path: Path) -> list[str]:
    """Three filed exams of two images each, by their keys; the patients are P-0, P-1 and P-2."""
    folders = [folder_of(pictures[n * 2 : n * 2 + 2], tmp_path / f"in{n}", patient_id=f"P-{n}") for n in range(3)]
    return [str(run("import", folder, "--json").data["items"][0]["exam"]) for folder in folders]


def test_small_exams_go_in_one_announcement_and_one_bundle(
    three: list[str], home: Path, portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    assert run("backup").status == 0
    assert digests_held(portal) == digests(pictures)
    posted = [path for verb, path in portal.called if verb == "POST"]
    assert posted == ["/backup-runs", "/announcements", "/bundles"]
    assert sorted(path.stem for path in (home / "receipts").iterdir()) == sorted(three)
    assert {row["state"] for row in run("list", "--json").data["items"]} == {"backed-up"}


def test_a_portal_that_takes_no_exams_together_gets_each_by_itself(
    three: list[str], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    portal.knows_bundles = False
    assert run("backup").status == 0
    assert digests_held(portal) == digests(pictures)
    assert portal.count("POST", "/bundle") == 3


@pytest.mark.parametrize("cut", [0, 600, 9_000, 20_000])
def test_exams_that_were_cut_together_are_brought_one_by_one(
    cut: int, three: list[str], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    portal.cut_bundles_after = [cut, cut]
    done = run("backup", "--json")
    assert (done.status, done.data["images"]) == (0, 6), done.err
    assert digests_held(portal) == digests(pictures)
    assert len(portal.exams) == len(portal.receipts) == 3


def test_one_opt_out_that_only_the_portal_knows_holds_up_no_other(
    three: list[str], portal: Portal, run: Command
) -> None:
    assert portal.plan is not None
    run("status")  # the device learns the plan
    portal.plan["patients"] = LatePatients({"default": "in", "except": ["P-1"]})
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
    assert digests_held(portal) == digests(pictures)
