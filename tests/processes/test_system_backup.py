"""`kura backup` of a server at work, killed where it hurts, and `kura restore` into a home that serves again."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.demo.callers import kura
from tests.http.world import jpeg
from tests.processes.live import Live
from tests.services.postgresql import PostgreSQL
from vault.base.faults import AT, Point

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def backup(live: Live, tmp_path: Path) -> Callable[..., Any]:
    """Runs the command to its end and gives its summary."""

    def run(*more: str) -> Any:
        return live.kura.json("backup", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys.json"), *more)

    return run


@pytest.fixture
def restored(live: Live, tmp_path: Path) -> Iterator[Callable[[], Live]]:
    """Restores what was backed up into another home, which takes the first one's place."""

    def run() -> Live:
        live.server.kill()
        again = tmp_path / "again"
        kura(again).run("restore", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys.json"))
        live.server.home = live.home = again
        live.server.start()
        return live

    yield run
    live.server.kill()


def killed(live: Live, place: Path, at: Point, time: int = 1) -> None:
    """`kura backup` as a process that dies at that point."""
    command = [sys.executable, "-m", "portal", "--home", str(live.home), "backup", str(place)]
    environment = os.environ | {AT: f"{at}:{time}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def seeds(exam: int) -> list[bytes]:
    """The images of an exam; no two have the same bytes."""
    return [jpeg(number) + f"{exam}".encode() for number in range(3)]


def held(live: Live, exam: int) -> tuple[str, dict[str, Any]]:
    """An exam that is held, and its receipt."""
    exam_id = live.announce(seeds(exam))
    live.send(exam_id, seeds(exam))
    return exam_id, live.commit(exam_id)["receipt"]


def test_backed_up_while_exams_come_in_everything_acknowledged_before_is_there_and_numbers_go_on(
    live: Live, backup: Callable[..., Any], restored: Callable[[], Live]
) -> None:
    live.server.start()
    acknowledged: list[tuple[int, str, dict[str, Any]]] = []
    enough, stop = threading.Event(), threading.Event()

    def ingest() -> None:
        number = 0
        while not stop.is_set():
            acknowledged.append((number, *held(live, number)))
            number += 1
            if number == 3:
                enough.set()

    sender = threading.Thread(target=ingest)
    sender.start()
    assert enough.wait(60)
    before = len(acknowledged)
    first = backup()
    second = backup()
    stop.set()
    sender.join()
    assert len(acknowledged) > before, "exams came in while it ran"
    assert second["copied"] == second["packs"] - first["packs"], "what was there is not copied again"
    assert json.loads(live.kura.run("backup", first["place"], "--verify", "--json"))["whole"]

    live = restored()
    device = live.caller("aoba-capture1")
    for number, exam_id, receipt in acknowledged[:before]:
        assert device.post(f"/exams/{exam_id}/commit")["receipt"] == receipt
        for place, content in enumerate(seeds(number)):
            assert device.bytes(f"/exams/{exam_id}/images/{place}.jpg") == content
    assert held(live, 999)[1]["sequence"] > max(receipt["sequence"] for _, _, receipt in acknowledged)


def test_killed_it_leaves_the_backup_before_whole_and_the_next_one_goes_on(
    live: Live, backup: Callable[..., Any], restored: Callable[[], Live], tmp_path: Path
) -> None:
    live.server.start()
    kept, _ = held(live, 0)
    whole = backup()
    for number in (1, 2, 3):
        held(live, number)
    live.server.kill()  # whatever it makes of them by itself is not there yet, or all there
    killed(live, tmp_path / "backup", Point.BACKUP_COPIED, time=2)
    found = json.loads(live.kura.run("backup", str(tmp_path / "backup"), "--verify", "--json"))
    assert (found["snapshots"], len(found["unfinished"]), found["whole"]) == ([whole["id"]], 1, True)
    killed(live, tmp_path / "backup", Point.BACKUP_LISTED)
    again = backup()
    assert again["packs"] >= 4
    assert again["copied"] == 0, "what the killed ones had copied is not copied again"
    assert restored().caller("aoba-nurse").bytes(f"/exams/{kept}/images/0.jpg") == seeds(0)[0]


def test_a_restore_that_was_killed_is_gone_on_with_and_nothing_opens_it_before(
    live: Live, backup: Callable[..., Any], tmp_path: Path
) -> None:
    backup()
    again = tmp_path / "again"
    base = [sys.executable, "-m", "portal", "--home", str(again)]
    command = [*base, "restore", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys.json")]
    environment = os.environ | {AT: str(Point.RESTORE_LOADED)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    refused = subprocess.run([*base, "check"], capture_output=True, text=True, check=False)
    assert (refused.returncode, "half_restored" in refused.stderr) == (6, True)
    kura(again).run("restore", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys.json"))
    kura(again).run("check")
    over = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (over.returncode, "home_exists" in over.stderr) == (6, True)


def test_with_the_recovery_file_alone_everything_can_be_read_again(
    live: Live, backup: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.server.start()
    exam_id = live.exam()
    image = live.caller("aoba-nurse").bytes(f"/exams/{exam_id}/images/0.jpg")
    backup()
    file = tmp_path / "home" / "own-recovery.json"
    code = kura(tmp_path / "home").run("keys", "rotate", "--recovery-file", str(file)).strip()
    backup()
    live.server.kill()
    monkeypatch.setenv("KURA_RECOVERY_PASSPHRASE", code)
    again = tmp_path / "again"
    kura(again).run("restore", str(tmp_path / "backup"), "--recovery", str(file))
    live.server.home = again
    live.server.start()
    assert live.caller("aoba-nurse").bytes(f"/exams/{exam_id}/images/0.jpg") == image
    assert held(live, 1)


@pytest.mark.postgresql
def test_a_home_on_postgresql_is_backed_up_and_restored_into_another_database(
    postgresql_server: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = postgresql_server.create_empty(), postgresql_server.create_empty()
    monkeypatch.setenv("KURA_DATABASE_URL", postgresql_server.url(first))
    live = Live(tmp_path)
    live.server.start()
    try:
        exam_id, receipt = held(live, 0)
        live.kura.run("backup", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys.json"))
        held(live, 1)
        live.server.kill()
        arguments = ["restore", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys.json")]
        again = kura(tmp_path / "again")
        with pytest.raises(RuntimeError, match="database_not_empty"):
            again.run(*arguments)
        monkeypatch.setenv("KURA_DATABASE_URL", postgresql_server.url(second))
        again.run(*arguments)
        live.server.home = tmp_path / "again"
        live.server.start()
        device = live.caller("aoba-capture1")
        assert device.post(f"/exams/{exam_id}/commit")["receipt"] == receipt
        assert device.bytes(f"/exams/{exam_id}/images/0.jpg") == seeds(0)[0]
        assert held(live, 2)[1]["sequence"] > 1000
    finally:
        live.server.kill()
        for name in (first, second):
            postgresql_server.drop(name)
