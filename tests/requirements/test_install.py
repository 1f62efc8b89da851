"""Setting up: what can be foreseen going wrong is one sentence with its remedy, and nothing is installed twice."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from requirements import install
from tests.services.sources import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What install.py reads, in a folder where nothing was set up yet."""
    (tmp_path / "requirements").mkdir()
    for name in ("pyproject.toml", "requirements/install.py", "requirements/server.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "connect this machine to the network"),
        ("ReadTimeoutError: Read timed out.\nERROR: No matching distribution found for flask", "connect this machine"),
        ("ERROR: 407 Client Error: Proxy Authentication Required", "HTTPS_PROXY"),
        ("SSLError(SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED)", "PIP_CERT"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "pip config list"),
        ("OSError: [Errno 28] No space left on device", "free about 1 GB"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "PYTHON=/path/to/python3.11"),
    ],
)
def test_what_pip_stumbles_over_is_one_sentence_with_the_remedy(said: str, remedy: str) -> None:
    sentence = install.remedy(f"Collecting flask\n{said}\n")
    assert remedy in sentence
    assert "\n" not in sentence


def test_what_nobody_foresaw_is_shown_as_pip_said_it() -> None:
    assert "the roof is on fire" in install.remedy("Collecting flask\nERROR: the roof is on fire\n")


def test_a_python_without_venv_is_told_what_to_install(checkout: Path, tmp_path: Path) -> None:
    stub = tmp_path / "stub"
    stub.mkdir()
    (stub / "ensurepip.py").write_text("raise ImportError('as on a Debian without python3-venv')")
    done = subprocess.run(
        [sys.executable, checkout / "requirements" / "install.py", "server", "--minutes", "4"],
        env={"PYTHONPATH": str(stub)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("Python 3.")
    assert done.stderr.count("\n") == 1
    assert f"apt-get install python3.{sys.version_info[1]}-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_disk_that_is_too_small_is_told_before_anything_is_done(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, checkout / "requirements" / "install.py", "server", "--disk", "999999999"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "MB free and Kura needs 999999999" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_changed_lock_is_installed_anew_and_an_unchanged_one_is_not(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "ROOT", checkout)
    before = install.digest("server")
    assert install.digest("server") == before
    with (checkout / "requirements" / "server.lock").open("a") as lock:
        lock.write("# one more\n")
    assert install.digest("server") != before
