"""Installs one lock file and the project into .venv, once: `python3 requirements/install.py server` (or dev).

Runs on a bare interpreter, so it imports the standard library only. What it can foresee going wrong ends in one
sentence with the remedy. A stamp of the lock's digest makes every later run end at once.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
# dev.lock holds everything of server.lock at the same versions, so an environment for tests also runs the demo.
CONTAINED_IN = {"server": ["server", "dev"], "dev": ["dev"]}

REMEDIES = [
    (r"No space left on device", "The disk is full: free about 1 GB and run the command again."),
    (
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that the lock file names: look at the index or mirror that pip uses "
        "(pip config list), since a package may have been replaced there.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The package index answers with a certificate that this machine does not trust: name your organisation's "
        "certificate file with PIP_CERT=/path/to/ca.pem and run the command again.",
    ),
    (
        r"name resolution|NewConnectionError|Connection (?:refused|reset|broken|aborted)|ConnectTimeout|"
        r"Read timed out|ReadTimeout|ProxyError|Network is unreachable|Max retries|RemoteDisconnected|"
        r"(?:403|407|502|503|504) (?:Client|Server) Error",
        "The package index cannot be reached: connect this machine to the network, or name a proxy with HTTPS_PROXY "
        "or a mirror with PIP_INDEX_URL, and run the command again.",
    ),
    (
        r"No matching distribution found",
        f"The index has no package for this Python ({platform.python_version()} on {platform.machine()}): choose "
        "Python 3.11, 3.12 or 3.13 with PYTHON=/path/to/python3.11 and run the command again.",
    ),
]


class Failed(Exception):
    """Setting up cannot go on; the message is one sentence with the remedy."""


def main() -> int:
    arguments = parse()
    # One at a time: `make demo` and `make test` may be started side by side in one checkout.
    folder = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        set_up(arguments.lock, disk=arguments.disk, minutes=arguments.minutes)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", choices=sorted(CONTAINED_IN))
    parser.add_argument("--disk", type=int, default=1000, help="megabytes that the environment takes")
    parser.add_argument("--minutes", type=int, help="say the versions first, and that it takes this long cold")
    return parser.parse_args()


def set_up(lock: str, *, disk: int, minutes: int | None) -> None:
    """Leaves .venv holding `lock` and the project; raises Failed."""
    ready = any(stamp(name).is_file() and stamp(name).read_text() == digest(name) for name in CONTAINED_IN[lock])
    if minutes is not None:
        announce(ready, minutes)
    if ready and runs(PYTHON):
        return
    require_disk(disk)
    make_environment()
    started = time.monotonic()
    LOG.write_text("")
    total = len(re.findall(r"^\S+==", (ROOT / "requirements" / f"{lock}.lock").read_text(), re.MULTILINE))
    print(f"Installing {total} locked packages into .venv …", flush=True)
    # The lock names everything: what pip would choose beside it could only be something else.
    pip("--no-deps", "--require-hashes", "--requirement", f"requirements/{lock}.lock")
    pip("--no-deps", "--no-build-isolation", "--editable", ".")
    compile_packages()
    stamp(lock).write_text(digest(lock))
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def stamp(lock: str) -> Path:
    return VENV / f"kura-{lock}.stamp"


def digest(lock: str) -> str:
    """Of what an installation depends on: the lock, the project's own description, the interpreter."""
    described = tomllib.loads((ROOT / "pyproject.toml").read_text())
    parts = [described["build-system"], described["project"], described["tool"]["setuptools"], sys.version_info[:2]]
    locked = (ROOT / "requirements" / f"{lock}.lock").read_bytes()
    return hashlib.sha256(locked + repr(parts).encode()).hexdigest()


def announce(ready: bool, minutes: int) -> None:
    free = shutil.disk_usage(ROOT).free / 1e9
    expected = "less than a minute" if ready else f"about {minutes} minutes, the most of it downloads"
    print(
        f"Python {platform.python_version()} · {platform.system()} {platform.machine()} · {os.cpu_count()} cores · "
        f"{free:.1f} GB free · expected: {expected}",
        flush=True,
    )


def require_disk(megabytes: int) -> None:
    free = shutil.disk_usage(ROOT).free / 1e6
    if free < megabytes:
        raise Failed(f"{ROOT} has {free:.0f} MB free and Kura needs {megabytes}: free some and run the command again.")


def runs(python: Path) -> bool:
    """Whether the environment's interpreter starts and is of this version; an upgraded machine leaves a dead one."""
    if not python.exists():
        return False
    asked = subprocess.run(
        [python, "-c", "import sys, pip; print(*sys.version_info[:2])"], capture_output=True, text=True
    )
    return asked.stdout.split() == [str(part) for part in sys.version_info[:2]]


def make_environment() -> None:
    if runs(PYTHON):
        return
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    try:
        import ensurepip  # noqa: F401, PLC0415 -- the question is whether this machine has it
        import venv  # noqa: PLC0415
    except ImportError:
        raise Failed(
            f"This Python {version} has no venv module: install it (on Debian and Ubuntu: "
            f"apt-get install python{version}-venv) and run the command again."
        ) from None
    try:
        venv.create(VENV, with_pip=True, clear=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(f"The environment {VENV} cannot be made ({error}): mend that and run the command again.") from None


def pip(*what: str) -> None:
    """One run of the environment's pip, its output kept in the log; raises Failed with the remedy."""
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--no-user",
        "--no-input",
        "--no-compile",
        "--progress-bar=off",
        *what,
    ]
    collected = 0
    with LOG.open("a") as log:
        running = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert running.stdout is not None  # noqa: S101 -- PIPE gives one
        for line in running.stdout:
            log.write(line)
            if line.startswith("Collecting "):
                collected += 1
                show(f"  {collected}: {line.split()[1]}")
            elif "WARNING: Retrying" in line:
                show("  the package index does not answer yet; trying again …")
        show("")
    if running.wait() != 0:
        raise Failed(remedy(LOG.read_text()))


def compile_packages() -> None:
    """Bytecode for what was installed, on every core; pip would take one core and three times as long."""
    packages = [str(folder) for folder in VENV.glob("lib/python*/site-packages")]
    command = [str(PYTHON), "-m", "compileall", "-q", "-j", "0", "-x", "/tests?/", *packages]
    with LOG.open("a") as log:  # what does not compile is a template or of another Python, and is never imported
        subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False)


def show(text: str) -> None:
    """A line that the next one overwrites; nothing where nobody watches."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text[:78]}", end="", flush=True)


def remedy(output: str) -> str:
    for pattern, sentence in REMEDIES:
        if re.search(pattern, output):
            return sentence
    last = [line for line in output.splitlines() if line.strip()][-5:]
    return "\n".join(["pip failed; all it said is in .venv/install.log, and its last words were:", *last])


if __name__ == "__main__":
    sys.exit(main())
