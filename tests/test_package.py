"""`pip install .` from an export without .git brings everything that the commands read: pages, migrations, assets."""

import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

from tests.services.sources import PACKAGES, ROOT, tracked_files

# Written for whoever works on the source, and read by no program that is installed.
LEFT_OUT = {".md"}


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    export = tmp_path / "export"
    sources = [path for path in tracked_files() if path.parts[0] in PACKAGES]
    for path in (*sources, Path("pyproject.toml"), Path("README.md")):
        (export / path).parent.mkdir(parents=True, exist_ok=True)
        (export / path).write_bytes((ROOT / path).read_bytes())
    options = ["--quiet", "--no-deps", "--no-build-isolation", f"--wheel-dir={tmp_path}"]
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, str(export)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {PurePosixPath(name) for name in archive.namelist()}
    missing = {PurePosixPath(path) for path in sources if path.suffix not in LEFT_OUT} - held
    assert not missing, f"name them in pyproject.toml's package-data: {sorted(map(str, missing))}"
