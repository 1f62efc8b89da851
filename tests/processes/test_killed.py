"""SIGKILL at the worst moments: what was acknowledged is there after the next start, and once."""

import hashlib
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.http.world import jpeg, tar_of
from tests.processes.live import SUBJECT, Live

pytestmark = pytest.mark.timeout(300)


def test_a_request_acknowledged_before_the_sweep_survives_and_is_routed_once(live: Live, monkeypatch) -> None:
    monkeypatch.setenv("KURA_SWEEP_EVERY_SECONDS", "3600")
    live.server.start()
    exam_id = live.exam()
    request_id = live.file(exams=[exam_id], urgency="normal")
    live.server.kill()
    live.server.start()
    live.kura.json("sweep")
    live.kura.json("sweep")
    filed = live.caller("aoba-nurse").get("/requests")["items"]
    assert [one["id"] for one in filed] == [request_id]
    queued = live.caller("repair1").get("/queue")["items"]
    assert [one["request"]["subject"] for one in queued].count(SUBJECT) == 1


def test_a_bundle_cut_by_a_kill_can_be_sent_again_and_is_held_once(live: Live) -> None:
    live.server.start()
    contents = [jpeg(seed) for seed in range(4)]
    exam_id = live.announce(contents)
    tar = tar_of(contents)

    def half_then_kill() -> Iterator[bytes]:
        yield tar[: len(tar) // 2]
        live.server.kill()
        yield tar[len(tar) // 2 :]

    with pytest.raises(httpx.TransportError):
        live.post_tar(exam_id, half_then_kill())
    live.server.start()
    live.send(exam_id, contents)
    live.commit(exam_id)
    _held_once(live, exam_id, contents)


def test_a_commit_whose_answer_a_kill_swallowed_can_be_repeated(live: Live) -> None:
    live.server.start()
    contents = [jpeg(seed) for seed in range(4)]
    exam_id = live.announce(contents)
    live.send(exam_id, contents)
    asking = threading.Thread(target=_commit_into_the_dark, args=(live, exam_id))
    asking.start()
    live.server.kill()
    asking.join()
    live.server.start()
    live.commit(exam_id)
    live.commit(exam_id)
    _held_once(live, exam_id, contents)


def _commit_into_the_dark(live: Live, exam_id: str) -> None:
    try:
        live.commit(exam_id)
    except httpx.TransportError:
        return


def _held_once(live: Live, exam_id: str, contents: list[bytes]) -> None:
    nurse = live.caller("aoba-nurse")
    assert [one["id"] for one in nurse.get("/exams")["items"]] == [exam_id]
    for number, one in enumerate(contents):
        held = nurse.bytes(f"/exams/{exam_id}/images/{number}.jpg")
        assert hashlib.sha256(held).digest() == hashlib.sha256(one).digest()
