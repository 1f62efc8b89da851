"""`kura init` never touches a home that is there, and leaves a recovery file that `kura check` wants proved."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.demo.callers import kura

pytestmark = pytest.mark.timeout(120)


def init(home: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "portal", "--home", str(home), "init"]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_a_second_init_refuses_and_leaves_the_keys_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    kura(home).run("init")
    before = {path: path.read_bytes() for path in (home / "keys").rglob("*") if path.is_file()}
    again = init(home)
    assert again.returncode == 6
    assert before
    assert before == {path: path.read_bytes() for path in (home / "keys").rglob("*") if path.is_file()}


def test_check_warns_until_a_copy_of_the_recovery_file_has_proved_to_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, copy = tmp_path / "home", tmp_path / "away" / "copy.json"
    made = init(home)
    assert "Without the provider key" in made.stderr
    (code,) = re.findall(r"^(?:[0-9a-z]{5}-){5}[0-9a-z]{5}$", made.stdout, re.MULTILINE)
    copy.parent.mkdir()
    copy.write_bytes((home / "recovery-file.json").read_bytes())
    assert "! recovery file" in kura(home).run("check")
    monkeypatch.setenv("KURA_RECOVERY_PASSPHRASE", "another one")
    with pytest.raises(RuntimeError, match="recovery"):
        kura(home).run("check", "--recovery", str(copy))
    assert "! recovery file" in kura(home).run("check")
    monkeypatch.setenv("KURA_RECOVERY_PASSPHRASE", code)
    assert "✓ recovery file" in kura(home).run("check", "--recovery", str(copy))
    assert "✓ recovery file" in kura(home).run("check")
