"""Server, worker and scheduler as processes apart: woken over Redis, honest when it is away."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from portal.demo.callers import Refused
from tests.processes.live import Live, until
from tests.services.redis_server import free_port

pytestmark = pytest.mark.timeout(300)


@contextmanager
def running(live: Live, name: str) -> Iterator["subprocess.Popen[str]"]:
    """`kura worker` or `kura scheduler`, ended with the block."""
    process = live.kura.start(name)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.redis
def test_an_urgent_request_reaches_its_department_over_redis(live: Live, redis_url: str, monkeypatch) -> None:
    monkeypatch.setenv("KURA_WORKER_EMBEDDED", "false")
    monkeypatch.setenv("KURA_BROKER_URL", redis_url)
    live.server.start()
    with running(live, "worker"), running(live, "scheduler"):
        request_id = live.file(urgency="urgent")
        technician = live.caller("repair1")
        until(lambda: request_id in [one["request"]["id"] for one in technician.get("/queue")["items"]])


def test_a_missing_broker_is_told_while_filing_goes_on(live: Live, monkeypatch) -> None:
    monkeypatch.setenv("KURA_WORKER_EMBEDDED", "false")
    monkeypatch.setenv("KURA_BROKER_URL", f"redis://127.0.0.1:{free_port()}/0")
    live.server.start()
    ready = httpx.get(f"{live.server.url}/readyz", timeout=60)
    assert ready.status_code == 503
    assert "broker" in ready.text
    with pytest.raises(RuntimeError):
        live.kura.run("check")
    assert "✗ broker" in live.kura.run("check", check=False)
    headers = {"Authorization": f"Bearer {live.tokens['aoba-nurse']}"}
    body = {"subject": "緑色の帯", "body": "故障か?"}
    filed = httpx.post(f"{live.server.url}/api/v1/requests", json=body, headers=headers, timeout=60)
    assert filed.status_code == 201


@pytest.mark.postgresql
def test_the_main_line_holds_on_postgresql(postgresql_url: str, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("KURA_DATABASE_URL", postgresql_url)
    live = Live(tmp_path)
    try:
        live.server.start()
        request_id = live.file(exams=[live.exam()])
        live.kura.json("sweep")
        nurse, technician = live.caller("aoba-nurse"), live.caller("repair1")
        request = nurse.get(f"/requests/{request_id}")
        for one in request["assignments"]:
            who = technician if one["department"] == "repair" else live.caller("clinical1")
            who.post(f"/assignments/{one['id']}/claim")
            who.post(f"/assignments/{one['id']}/answer", {"body": "代替機をお使いください。"})
        ready = nurse.get("/answers", state="ready")["items"]
        assert len(ready) == len(request["assignments"]) > 0
        for answer in ready:
            nurse.post(f"/answers/{answer['id']}/pickup", {"person": "aoba-nurse"})
        assert nurse.get(f"/requests/{request_id}")["state"] == "picked-up"
        with pytest.raises(Refused, match="404"):
            live.caller("midori-nurse").get(f"/requests/{request_id}")
    finally:
        live.server.kill()
