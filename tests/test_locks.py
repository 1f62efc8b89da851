"""The lock files: complete, with hashes, in step with each other; the capture client's on Windows."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.services.needed import REQUIRE_ALL
from tests.services.sources import ROOT, text

LOCKS = ("server", "dev", "capture")
PYTHONS = ("3.11", "3.12", "3.13")
NO_NETWORK = re.compile(r"name resolution|NewConnectionError|ConnectTimeout|Connection refused|Max retries|unreachable")


def locked(name: str) -> dict[Requirement, list[str]]:
    """Each requirement of a lock file with its hashes."""
    lines = text(Path(f"requirements/{name}.lock")).replace("\\\n", " ").splitlines()
    entries = [line.split(" --hash=") for line in lines if line and not line.startswith((" ", "#"))]
    return {Requirement(first.strip()): [given.strip() for given in hashes] for first, *hashes in entries}


def wanted(*groups: str) -> set[str]:
    """The names that pyproject.toml asks for: its dependencies, or those of its groups."""
    described = tomllib.loads(text(Path("pyproject.toml")))
    asked = [line for group in groups for line in described["dependency-groups"][group]]
    if "capture" not in groups:
        asked += described["project"]["dependencies"]
    return {canonicalize_name(Requirement(line).name) for line in asked}


def on_windows(python: str) -> list[str]:
    """capture.lock's pins for Windows with this Python, each with its hashes, as pip reads them."""
    there = {
        **{name: str(value) for name, value in default_environment().items()},
        "sys_platform": "win32",
        "platform_system": "Windows",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "python_version": python,
        "python_full_version": f"{python}.9",
    }
    return [
        " ".join([f"{pin.name}{pin.specifier}", *(f"--hash={given}" for given in hashes)])
        for pin, hashes in locked("capture").items()
        if pin.marker is None or pin.marker.evaluate(there)
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(name: str) -> None:
    pins = locked(name)
    assert pins
    for pin, hashes in pins.items():
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), pin
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", given) for given in hashes), pin


@pytest.mark.parametrize(
    ("name", "groups"), [("server", ("build",)), ("dev", ("build", "dev")), ("capture", ("build", "capture"))]
)
def test_a_lock_holds_everything_that_is_asked_for(name: str, groups: tuple[str, ...]) -> None:
    missing = wanted(*groups) - {canonicalize_name(pin.name) for pin in locked(name)}
    assert not missing, f"run `make lock`: {sorted(missing)}"


@pytest.mark.parametrize("smaller", ["server", "capture"])
def test_what_is_tested_is_what_is_installed(smaller: str) -> None:
    """dev.lock has each package of the other locks in the same version, so one environment serves all."""
    tested = {(canonicalize_name(pin.name), str(pin.specifier)) for pin in locked("dev")}
    installed = {(canonicalize_name(pin.name), str(pin.specifier)) for pin in locked(smaller)}
    assert installed <= tested, f"run `make lock`: {sorted(installed - tested)}"


@pytest.mark.parametrize("python", PYTHONS)
def test_every_package_of_the_capture_client_has_a_wheel_for_windows(python: str, tmp_path: Path) -> None:
    """Asks the package index; nothing is installed."""
    pins = tmp_path / "windows.txt"
    pins.write_text("\n".join(on_windows(python)))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--require-hashes"]
    # Older versions of pip ask it of the Python that runs them, not of the one named.
    command.append("--ignore-requires-python")
    target = ["--platform=win_amd64", f"--python-version={python}", "--only-binary=:all:", f"--target={tmp_path / 'x'}"]
    done = subprocess.run(
        [*command, *target, "-r", str(pins)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    if done.returncode != 0 and NO_NETWORK.search(done.stderr) and not REQUIRE_ALL:
        pytest.skip("the package index cannot be reached (connect this machine to the network)")
    assert done.returncode == 0, done.stderr


def test_each_dependency_has_its_line_in_the_documentation() -> None:
    described = set(re.findall(r"^\| ([\w-]+) \|", text(Path("docs/dependencies.md")), re.MULTILINE)) - {"package"}
    assert described == wanted("build", "dev")
