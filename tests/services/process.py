"""A server as a child of the tests: it dies with them, even when they are killed."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 10


class Server:
    """One running program; `stop` ends it by its own pid."""

    def __init__(self, command: Sequence[str | Path], *, log: Path, user: str | None, ending: signal.Signals) -> None:
        self._log = log
        self._ending = ending
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*_wrapped(user, ending), *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                # A terminal's Ctrl-C is for pytest, which then stops its servers in order.
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Return once `ready()`; RuntimeError with the program's own words if it ends or is not ready in time."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self._process.args!r} did not start:\n{self._log.read_text(errors='replace')}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it, politely first."""
        if self._process.poll() is None:
            self._process.send_signal(self._ending)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _wrapped(user: str | None, ending: signal.Signals) -> list[str]:
    """What runs the program as `user` and has the kernel end it with its parent; setpriv is part of Debian's base."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ["runuser", "-u", user, "--"] if user else []
    identity = [f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
    return [setpriv, *identity, f"--pdeathsig={ending.name.removeprefix('SIG')}", "--"]


def run_as(user: str | None, command: Sequence[str | Path]) -> None:
    """Run to the end; RuntimeError with what it printed if it fails."""
    done = subprocess.run(
        [*_wrapped(user, signal.SIGTERM), *map(str, command)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def is_root() -> bool:
    """Whether the tests run as root, which PostgreSQL refuses to."""
    return os.geteuid() == 0
