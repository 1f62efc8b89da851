"""What was filed stays filed: a kill at any step of a recording loses no picture and makes none twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from capture_client import durable, locks
from capture_client.camera import phantom
from capture_client.errors import Unavailable
from capture_client.filing import catalogue, mass_storage, recovery, store
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Details, State
from capture_client.link import Link
from capture_client.settings import Home
from tests.capture_client.conftest import SMALL, Command, folder_of
from tests.capture_client.portal_double.state import Portal

DETAILS = Details("P-1", datetime(2026, 11, 23, 5, 0, tzinfo=UTC), "EGD", scope_model="KV-290", person="Sato")
Opened = tuple[Home, FilingDatabase, Link]
STEPS = 60  # more than three stills and their exam take


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let `step` durable acts happen (fsync, rename), and be killed at the next; acts are listed."""
    acts: list[str] = []

    def counting(name: str) -> Any:
        real = getattr(os, name)

        def act(*arguments: Any) -> Any:
            if len(acts) >= step:
                raise Killed
            acts.append(name)
            return real(*arguments)

        return act

    with monkeypatch.context() as patch:
        for name in ("fsync", "replace"):
            patch.setattr(os, name, counting(name))
        try:
            yield acts
        except Killed:
            acts.append("killed")


def locks_of_the_dead(monkeypatch: pytest.MonkeyPatch) -> list[locks.Held]:
    """Locks that recorders take, for the test to let go of as the system does for a dead process."""
    held: list[locks.Held] = []

    def seizing(path: Path) -> locks.Held | None:
        lock = locks.seize(path)
        held.extend([lock] if lock else [])
        return lock

    monkeypatch.setattr(store, "locks", SimpleNamespace(seize=seizing))
    return held


def test_a_kill_at_any_step_loses_no_acknowledged_still(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    home, database, _ = opened
    frame = phantom.picture(phantom.Exam(size=SMALL), 0)
    held = locks_of_the_dead(monkeypatch)
    for step in range(STEPS):
        acknowledged: list[str] = []
        with killed_at(step, monkeypatch) as acts:
            live = store.LiveExam(home, database, DETAILS)
            for _number in range(3):
                acknowledged.append(live.file(frame, DETAILS.performed_at).sha256)
            live.close()
        for lock in held:
            lock.close()
        recovery.finish(home, database)
        exams = catalogue.exams(database, State.FILED)
        found = [image.sha256 for exam in exams for image in exam.images]
        assert len(found) - len(acknowledged) in (0, 1), f"killed after {acts}"
        assert acknowledged == found[: len(acknowledged)]
        assert not catalogue.exams(database, State.OPEN)
        for exam in exams:
            for image in exam.images:
                assert durable.digest_of(home.filing / exam.key / image.name) == (image.sha256, image.size)
            catalogue.move(database, exam.key, State.BACKED_UP)  # out of the next round's sight
        if "killed" not in acts:
            return
    pytest.fail("recording took more steps than were tried")


def test_a_recorder_killed_by_the_system_leaves_a_filed_exam(
    home: Path, portal: Portal, run: Command, video: Path
) -> None:
    recorder = subprocess.Popen(
        [sys.executable, "-m", "capture_client.cli", "record", "--source", str(video), "--patient", "P-1"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert recorder.stderr is not None
    assert recorder.stderr.readline() == "Still 0001.jpg filed.\n"
    os.kill(recorder.pid, signal.SIGKILL)
    recorder.wait()
    recorder.stderr.close()
    assert run("backup").status == 0
    [row] = run("list", "--json").data["items"]
    assert row["state"] == "backed-up"
    assert row["images"] >= 1
    assert "0001.jpg" in [image["name"] for image in portal.receipts[0]["images"]]


def test_a_live_recorder_is_left_alone(opened: Opened) -> None:
    home, database, _ = opened
    live = store.LiveExam(home, database, DETAILS)
    live.file(phantom.picture(phantom.Exam(size=SMALL), 0), DETAILS.performed_at)
    assert recovery.finish(home, database) == []
    assert catalogue.find(database, live.key).state is State.OPEN
    exam = live.close()
    assert exam is not None
    assert exam.state is State.FILED


def test_the_sidecar_says_what_the_database_says(opened: Opened) -> None:
    home, database, _ = opened
    live = store.LiveExam(home, database, DETAILS)
    image = live.file(phantom.picture(phantom.Exam(size=SMALL), 0), DETAILS.performed_at)
    live.close()
    said = json.loads((home.filing / live.key / "exam.json").read_text("utf-8"))
    assert said["patient_id"] == "P-1"
    assert said["scope"] == {"model": "KV-290", "serial": ""}
    assert said["images"][0]["sha256"] == image.sha256


def test_a_row_is_on_the_disk_when_it_says_filed(opened: Opened) -> None:
    _, database, _ = opened
    assert [
        database.connection.execute(f"pragma {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    ] == [
        "wal",
        2,
    ]


def test_a_rolled_back_transaction_leaves_nothing(opened: Opened) -> None:
    _, database, _ = opened

    def half_wrong() -> None:
        with database.transaction() as connection:
            connection.execute("insert into facts values ('a', 'b')")
            connection.execute("insert into images values ('no exam', 'n', 's', 1, null)")

    with pytest.raises(sqlite3.IntegrityError):
        half_wrong()
    assert database.fact("a") is None


@pytest.mark.parametrize("patient", ["P-1", "..", "a/b\\c", "患者 1", "CON", ""])
def test_mass_storage_holds_each_exam_under_a_safe_name(patient: str, opened: Opened, pictures: list[bytes]) -> None:
    home, database, _ = opened
    live = store.LiveExam(home, database, Details(patient, DETAILS.performed_at))
    live.file(phantom.picture(phantom.Exam(size=SMALL), 0), DETAILS.performed_at)
    exam = live.close()
    assert exam is not None
    assert mass_storage.fill(home, database) == 1
    folder = mass_storage.folder_of(home, exam)
    assert folder.resolve().parent.parent == home.mass_storage.resolve()
    assert {file.name for file in folder.iterdir()} == {"0001.jpg", "exam.json"}
    assert mass_storage.fill(home, database) == 0


def test_an_empty_mount_point_is_not_filled(opened: Opened) -> None:
    home, database, _ = opened
    live = store.LiveExam(home, database, DETAILS)
    live.file(phantom.picture(phantom.Exam(size=SMALL), 0), DETAILS.performed_at)
    live.close()
    (home.mass_storage / mass_storage.MARK).unlink()
    with pytest.raises(Unavailable):
        mass_storage.fill(home, database)
    assert not list(home.mass_storage.iterdir())


def test_import_files_a_folder_once(home: Path, run: Command, pictures: list[bytes], tmp_path: Path) -> None:
    folder = folder_of(pictures[:3], tmp_path / "in")
    first = run("import", folder, "--json").data["items"]
    assert [item["images"] for item in first] == [3]
    assert run("import", folder, "--json").data["items"] == []
    (folder / "late.jpg").write_bytes(pictures[3])
    assert [item["images"] for item in run("import", folder, "--json").data["items"]] == [1]


def test_a_kill_at_any_step_of_an_import_is_finished_by_the_next(
    home: Path, run: Command, pictures: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(pictures[:2], tmp_path / "in")
    for step in range(STEPS):
        with killed_at(step, monkeypatch) as acts:
            run("import", folder)
        if "killed" not in acts:
            break
    assert run("import", folder).status == 0
    rows = run("list", "--json").data["items"]
    assert [row["images"] for row in rows] == [2]


def test_an_import_of_nobodys_images_asks_whose_they_are(
    home: Path, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    folder = folder_of(pictures[:1], tmp_path / "in")
    (folder / "exam.json").unlink()
    failed = run("import", folder)
    assert failed.status == 2
    assert "--patient" in failed.err
    assert run("import", folder, "--patient", "P-5", "--json").data["items"][0]["patient_id"] == "P-5"


def test_stills_of_another_kura_say_whose_they_are(home: Path, run: Command, video: Path, tmp_path: Path) -> None:
    run("record", "--source", video, "--patient", "P-7", "--scope-model", "KV-290")
    elsewhere = tmp_path / "stick"
    elsewhere.mkdir()
    for file in (home / "filing").rglob("*.jpg"):
        (elsewhere / file.name).write_bytes(file.read_bytes())
    assert run("import", elsewhere, "--json").data["items"] == []  # filed already, for the patient they name


def test_a_broken_image_is_kept_as_it_is(home: Path, run: Command, tmp_path: Path, portal: Portal) -> None:
    folder = folder_of([b"\xff\xd8 cut off", b""], tmp_path / "in")
    assert run("import", folder).status == 0
    assert run("backup").status == 0
    assert sorted(image["size"] for image in portal.receipts[0]["images"]) == [0, 10]


def test_names_that_meet_are_kept_apart(home: Path, run: Command, pictures: list[bytes], tmp_path: Path) -> None:
    folder = folder_of(pictures[:1], tmp_path / "in")
    (folder / "e\u0301.jpg").write_bytes(pictures[1])
    (folder / "\u00e9.jpg").write_bytes(pictures[2])
    assert run("import", folder, "--json").data["items"][0]["images"] == 3
