"""A disk that is really full, under all of HOME: refused in words, nothing lost, and with more room it goes on."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from portal.demo.callers import Refused
from tests.http.world import jpeg, tar_of
from tests.processes.live import Live
from tests.services.needed import REQUIRE_ALL

pytestmark = pytest.mark.timeout(300)
MEBIBYTE = 2**20


@pytest.fixture
def small_disk() -> Iterator[Callable[[Path, str], None]]:
    """Mounts a tmpfs of some size at a folder, or gives the one there another size; skips, loudly, where it may not."""
    mounted: list[Path] = []

    def mount(folder: Path, size: str) -> None:
        how = f"remount,size={size}" if folder in mounted else f"size={size}"
        folder.mkdir(exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = f"A REALLY FULL DISK IS NOT TESTED: mount is not permitted here ({done.stderr.strip()})"
            pytest.fail(reason) if REQUIRE_ALL else pytest.skip(reason)
        if folder not in mounted:
            mounted.append(folder)

    yield mount
    for folder in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def content(number: int) -> list[bytes]:
    """An exam of about a mebibyte."""
    return [jpeg(number % 40) + f"{number}".encode() + bytes(MEBIBYTE)]


def test_a_full_disk_refuses_what_it_cannot_keep_and_goes_on_when_there_is_room(
    small_disk: Callable[[Path, str], None], tmp_path: Path
) -> None:
    small_disk(tmp_path / "home", "24M")
    live = Live(tmp_path)
    live.server.start()
    try:
        held, refused = fill(live)
        assert held, "some exams fitted"
        assert refused >= 500, "a server's fault, so that the device tries again"
        device = live.caller("aoba-capture1")
        assert httpx.get(f"{live.server.url}/healthz", timeout=10).status_code == 200
        for number, exam_id in held.items():
            assert device.bytes(f"/exams/{exam_id}/images/0.jpg") == content(number)[0]
        live.server.kill()
        small_disk(tmp_path / "home", "64M")
        live.server.start()
        again = live.announce(content(1000))
        live.send(again, content(1000))
        assert live.commit(again)["state"] == "held"
        for number, exam_id in held.items():
            assert device.bytes(f"/exams/{exam_id}/images/0.jpg") == content(number)[0]
    finally:
        live.server.kill()


def test_a_full_destination_is_named_and_the_backup_before_stays_whole(
    live: Live, small_disk: Callable[[Path, str], None], tmp_path: Path
) -> None:
    place = tmp_path / "backup"
    small_disk(place, "4M")
    whole = live.kura.json("backup", str(place))
    live.server.start()
    for number in range(4):
        exam_id = live.announce(content(number))
        live.send(exam_id, content(number))
        live.commit(exam_id)
    with pytest.raises(RuntimeError, match="backup_disk_full"):
        live.kura.run("backup", str(place))
    found = live.kura.json("backup", str(place), "--verify")
    assert (found["snapshots"], found["whole"]) == ([whole["id"]], True)
    small_disk(place, "32M")
    again = live.kura.json("backup", str(place))
    assert (again["packs"] >= 4, again["lost"]) == (True, [])


def fill(live: Live) -> tuple[dict[int, str], int]:
    """Exams until one is refused: those acknowledged, by their number, and the status of the refusal."""
    held: dict[int, str] = {}
    for number in range(100):
        try:
            exam_id = live.announce(content(number))
            answer = live.post_tar(exam_id, tar_of(content(number)))
            if answer.status_code != httpx.codes.OK:
                return held, answer.status_code
            live.commit(exam_id)
        except Refused as refused:
            return held, refused.status
        held[number] = exam_id
    raise AssertionError("the disk did not fill")
