"""`pip install .` from an export without .git brings everything that the commands read: pages, migrations, assets."""

import json
import os
import signal
import site
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import httpx
import pytest
import tomli_w

from portal.demo.server import free_port
from tests.http import world
from tests.services.sources import PACKAGES, ROOT, tracked_files

# Written for whoever works on the source, and read by no program that is installed.
LEFT_OUT = {".md"}
PATIENCE_SECONDS = 60.0


def sources() -> list[Path]:
    return [path for path in tracked_files() if path.parts[0] in PACKAGES]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that an export of the repository makes."""
    folder = tmp_path_factory.mktemp("package")
    export = folder / "export"
    for path in (*sources(), Path("pyproject.toml"), Path("README.md")):
        (export / path).parent.mkdir(parents=True, exist_ok=True)
        (export / path).write_bytes((ROOT / path).read_bytes())
    pip("wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={folder}", str(export))
    (made,) = folder.glob("*.whl")
    return made


def pip(*arguments: str) -> None:
    """One quiet run of this environment's pip; AssertionError with its words unless it went well."""
    run([sys.executable, "-m", "pip", *arguments[:-1], "--quiet", arguments[-1]])


def run(command: list[str]) -> str:
    """What the command prints; AssertionError with its words unless it went well. It runs away from the checkout."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that holds the wheel, and of this one nothing but the libraries."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    pip("--python", str(folder / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel))
    (packages,) = folder.glob("lib/python*/site-packages")
    # A folder named so is searched last and its own .pth files are not read: the checkout stays unknown.
    (packages / "libraries.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return folder / "bin"


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {PurePosixPath(name) for name in archive.namelist()}
    missing = {PurePosixPath(path) for path in sources() if path.suffix not in LEFT_OUT} - held
    assert not missing, f"name them in pyproject.toml's package-data: {sorted(map(str, missing))}"


@contextmanager
def served(programs: Path, home: Path) -> Iterator[str]:
    """The address of an installed `kura serve`, up and ready."""
    port = free_port()
    command = [str(programs / "kura"), "--home", str(home), "serve", "--bind", f"127.0.0.1:{port}"]
    with (home.parent / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(url: str) -> None:
    """Return when it answers 200; AssertionError after a minute."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = httpx.get(url, timeout=10)
            assert answer.status_code == httpx.codes.OK, answer.text
        except httpx.TransportError:
            assert time.monotonic() < end, f"{url} did not come up"
            time.sleep(0.1)
        else:
            return


@pytest.mark.timeout(300)
def test_an_installed_kura_has_its_migrations_pages_catalogues_and_assets(programs: Path, tmp_path: Path) -> None:
    """Both commands, away from any checkout: a home made, served and spoken to in both languages, an exam held."""
    asked = "import portal, capture_client; print(portal.__file__, capture_client.__file__)"
    where = run([str(programs / "python"), "-c", asked]).split()
    assert all(Path(one).is_relative_to(programs.parent) for one in where)
    home, tokens = tmp_path / "home", tmp_path / "tokens.json"
    kura = [str(programs / "kura"), "--home", str(home)]
    run([*kura, "init"])
    (tmp_path / "apply.toml").write_text(tomli_w.dumps(world.APPLY), encoding="utf-8")
    run([*kura, "apply", str(tmp_path / "apply.toml"), "--tokens", str(tokens)])
    with served(programs, home) as url:
        pages_are_there(url)
        capture = [str(programs / "kura-capture"), "--home", str(tmp_path / "room")]
        token = json.loads(tokens.read_text())["aoba-capture1"]
        run([*capture, "init", "--server", url, "--token", token])
        (tmp_path / "exam").mkdir()
        (tmp_path / "exam" / "1.jpg").write_bytes(world.jpeg(1))
        run([*capture, "import", str(tmp_path / "exam"), "--patient", "P-1"])
        run([*capture, "backup"])
        exams = httpx.get(f"{url}/api/v1/exams", headers={"Authorization": f"Bearer {token}"}).json()["items"]
        assert [one["state"] for one in exams] == ["held"]
    assert "✓ database" in run([*kura, "check"])


def pages_are_there(url: str) -> None:
    """The sign-in page in both languages, and every file of ours that it names."""
    japanese = httpx.get(f"{url}/sign-in", headers={"Accept-Language": "ja"}).text
    english = httpx.get(f"{url}/sign-in", headers={"Accept-Language": "en"}).text
    assert "ログイン" in japanese
    assert "Sign in" in english
    named = {part.split('"')[0] for part in english.split('"/static/')[1:]}
    assert named
    assert {httpx.get(f"{url}/static/{name}").status_code for name in named} == {200}
