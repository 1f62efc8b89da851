"""`kura init` never touches a home that is there."""

import subprocess
import sys
from pathlib import Path

import pytest

from portal.demo.callers import kura


@pytest.mark.timeout(120)
def test_a_second_init_refuses_and_leaves_the_keys_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    kura(home).run("init")
    before = {path: path.read_bytes() for path in (home / "keys").rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "portal", "--home", str(home), "init"]
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 6
    assert before
    assert before == {path: path.read_bytes() for path in (home / "keys").rglob("*") if path.is_file()}
