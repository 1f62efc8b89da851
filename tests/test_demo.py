"""`make demo STAY=0`: the whole main job with its cuts and its kill, told step by step, counted, left to be tried."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.demo.words import STEPS


@pytest.mark.timeout(400)
def test_the_demo_tells_every_step_and_loses_and_doubles_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal.demo"],
        cwd=tmp_path,
        env={**os.environ, "STAY": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("  ✓ ") == len(STEPS)
    assert re.search(r"^acknowledged 14, lost 0, doubled 0$", done.stdout, re.MULTILINE)
    story = json.loads((tmp_path / "demo-home" / "home" / "demo-story.json").read_text(encoding="utf-8"))
    assert [step["name"] for step in story["steps"]] == list(STEPS)
    shown = {step["who"] for step in story["steps"] if step["url"]}
    assert shown <= {person["login"] for person in story["people"]}
