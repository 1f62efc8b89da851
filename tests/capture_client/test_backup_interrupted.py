"""A line that is cut, a server that stumbles or a client that is killed loses nothing, and nothing is sent twice."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from capture_client.filing import catalogue
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import State
from tests.capture_client.backups import digests, digests_held
from tests.capture_client.conftest import Command
from tests.capture_client.portal_double.state import Portal


@pytest.mark.parametrize("cut", [0, 600, 9_000, 20_000])
def test_a_cut_line_is_resumed_with_what_is_missing_only(
    cut: int, exam: dict[str, Any], portal: Portal, run: Command, pictures: list[bytes]
) -> None:
    portal.cut_bundles_after = [cut, cut]
    done = run("backup", "--json")
    assert done.status == 0, done.err
    assert digests_held(portal) == digests(pictures)
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
    assert digests_held(portal) == digests(pictures)


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
    assert digests_held(portal) == digests(pictures)
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
