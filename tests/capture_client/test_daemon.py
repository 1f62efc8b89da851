"""The watched folder and the daemon do by themselves what is due, when it is due, once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from capture_client.daemon import Daemon
from capture_client.filing.database import FilingDatabase
from capture_client.link import Link
from capture_client.settings import Home, Watch
from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double.state import Portal

Opened = tuple[Home, FilingDatabase, Link]
NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # in Tokyo


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def daemon(opened: Opened, tmp_path: Path, told: list[str]) -> Daemon:
    """A daemon that watches a folder."""
    home, database, link = opened
    (tmp_path / "in").mkdir()
    watch = Watch(folder=str(tmp_path / "in"), settle_seconds=0)
    watching = Home(home.folder, home.settings.model_copy(update={"watch": watch}))
    return Daemon(watching, database, link, lambda code, values: told.append(code))


def planned(portal: Portal, **changes: object) -> None:
    assert portal.plan is not None
    portal.plan.update(changes)


def test_an_exam_in_the_watched_folder_goes_all_the_way(
    daemon: Daemon, portal: Portal, told: list[str], pictures: list[bytes], tmp_path: Path
) -> None:
    planned(portal, timing="per-exam")
    folder_of(pictures[:2], tmp_path / "in" / "P-3")
    daemon.tick(NOON)
    assert told == ["exam_filed", "backup_done"]
    portal.called.clear()
    daemon.tick(NOON + timedelta(seconds=5))
    assert portal.called == []


def test_the_night_comes_once_a_night_also_with_nothing_to_send(
    daemon: Daemon, portal: Portal, pictures: list[bytes], tmp_path: Path
) -> None:
    planned(portal, timing="nightly@02:00")
    daemon.tick(NOON)  # last night's run is caught up
    assert [run["trigger"] for run in portal.runs.values()] == ["nightly"]
    folder_of(pictures[:2], tmp_path / "in" / "P-3")
    daemon.tick(NOON + timedelta(hours=1))
    assert len(portal.runs) == 1
    daemon.tick(NOON + timedelta(hours=14))
    daemon.tick(NOON + timedelta(hours=14, minutes=2))
    assert [len(run["exams"]) for run in portal.runs.values()] == [0, 1]
    assert len(portal.receipts) == 1


def test_on_demand_means_that_the_daemon_waits_for_a_person(
    daemon: Daemon, portal: Portal, pictures: list[bytes], tmp_path: Path
) -> None:
    folder_of(pictures[:2], tmp_path / "in" / "P-3")
    daemon.tick(NOON)
    assert not portal.runs


def test_a_portal_that_is_away_is_tried_again_later(
    daemon: Daemon, portal: Portal, told: list[str], pictures: list[bytes], tmp_path: Path
) -> None:
    planned(portal, timing="per-exam")
    portal.faults = [503] * 8
    folder_of(pictures[:2], tmp_path / "in" / "P-3")
    daemon.tick(NOON)
    assert told[-1] == "unavailable"
    daemon.tick(NOON + timedelta(seconds=5))
    assert not portal.receipts
    daemon.tick(NOON + timedelta(seconds=90))
    assert len(portal.receipts) == 1


def test_mass_storage_is_filled_at_its_hour(
    opened: Opened, portal: Portal, told: list[str], run: Command, pictures: list[bytes], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("KURA_CAPTURE_STORAGE_FILL", "nightly@02:00")
    home, database, link = opened
    nightly = Daemon(Home.open(home.folder), database, link, lambda code, values: told.append(code))
    nightly.tick(NOON)
    run("import", folder_of(pictures[:2], tmp_path / "one"))
    nightly.tick(NOON + timedelta(minutes=1))
    assert not list(home.mass_storage.rglob("*.jpg"))
    nightly.tick(NOON + timedelta(hours=14))
    assert len(list(home.mass_storage.rglob("*.jpg"))) == 2


def test_watch_takes_the_folders_name_as_patient_when_nothing_says_more(
    home: Path, run: Command, pictures: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KURA_CAPTURE_WATCH_SETTLE_SECONDS", "0")
    folder = folder_of(pictures[:1], tmp_path / "in" / "P-44")
    (folder / "exam.json").unlink()
    (tmp_path / "in" / "stray.jpg").write_bytes(pictures[1])
    done = run("watch", tmp_path / "in", "--once", "--json")
    assert [item["patient_id"] for item in done.data["items"]] == ["P-44"]
    assert "--patient" in done.err


def test_what_is_still_being_written_is_left_for_later(
    home: Path, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    folder_of(pictures[:1], tmp_path / "in" / "P-44")
    assert run("watch", tmp_path / "in", "--once", "--json").out == ""


def test_run_once_does_what_is_due(
    home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    planned(portal, timing="per-exam")
    portal.faults = [503] * 99
    run("import", folder_of(pictures[:2], tmp_path / "one"))
    portal.faults = []
    assert run("run", "--once").status == 0
    assert len(portal.receipts) == 1
