"""The main job by hand, line by line as README has it, by somebody who copies each line into a shell."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import httpx
import pytest
import tomli_w

from capture_client.camera import phantom
from portal.demo import names
from portal.demo.callers import Caller
from portal.demo.server import free_port
from tests.services.sources import ROOT

PATIENCE_SECONDS = 60.0


def by_hand() -> list[str]:
    """The lines of the block, without what is said behind them."""
    block = re.search(r"## The main job by hand\n\n```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    return [re.sub(r"\s+# .*", "", line) for line in block[1].splitlines()]


def script(port: int) -> str:
    """Those lines for a machine on which the demo ran, at a port that is free; nothing else is different."""
    first, *lines = by_hand()
    assert first == "make demo STAY=0 && source .venv/bin/activate"
    up = f"until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.1; done"
    told = {
        "kura serve & sleep 10": f"kura serve --bind 127.0.0.1:{port} & {up}",
        "127.0.0.1:8080": f"127.0.0.1:{port}",
    }
    said = "\n".join(["set -e", *lines])
    for words, others in told.items():
        assert words in said
        said = said.replace(words, others)
    return said


def answer(base: str, tokens: Path) -> str:
    """As Repair does once the request is in its queue; the words of the answer."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            technician = Caller(base, json.loads(tokens.read_text(encoding="utf-8"))["repair1"])
            waiting = technician.get("/queue")["items"]
        except (OSError, ValueError, httpx.TransportError):
            waiting = []
        if waiting:
            technician.post(f"/assignments/{waiting[0]['id']}/claim")
            technician.post(f"/assignments/{waiting[0]['id']}/answer", {"body": "代替機をお使いください。"})
            return str(waiting[0]["request"]["id"])
        time.sleep(0.1)
    raise AssertionError("the request did not reach Repair: " + (tokens.parent / "said").read_text(encoding="utf-8"))


@pytest.mark.timeout(300)
def test_every_line_of_the_main_job_by_hand_does_what_readme_says(tmp_path: Path) -> None:
    home = tmp_path / "demo-home"
    home.mkdir()
    (home / "demo.toml").write_text(tomli_w.dumps(names.apply_file(date(2026, 11, 1))), encoding="utf-8")
    phantom.main([str(home / "exam-1.mp4"), "--stills", "2", "--seed", "3", "--size", "480x270"])
    port = free_port()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with (tmp_path / "said").open("w") as said:
        shell = subprocess.Popen(
            ["bash", "-c", script(port)],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        request_id = answer(f"http://127.0.0.1:{port}", tmp_path / "tokens.json")
        status = shell.wait(timeout=PATIENCE_SECONDS)
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
    words = (tmp_path / "said").read_text(encoding="utf-8")
    assert status == 0, words
    assert "2 images backed up; receipts verified." in words
    assert f"An answer from repair is ready (request {request_id})." in words
    assert "holds" in words
