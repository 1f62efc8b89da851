"""What was backed up comes back as its receipt says, by exam, by patient or all of it."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.capture_client.backups import digests
from tests.capture_client.conftest import Command
from tests.capture_client.portal_double.state import Portal


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
