"""The demo's server: a real `kura serve` in a process group of its own, which can be killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

READY_SECONDS = 60.0


class Server:
    """`kura serve` over a home, at a port that stays the same."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.kills = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def group(self) -> int:
        """The id of the process group that serves; LookupError while none does."""
        if self._process is None:
            raise LookupError("not started")
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it is ready; RuntimeError with the end of its log when it is not in a minute."""
        log = self.home.parent / "server.log"
        command = [
            sys.executable,
            "-m",
            "portal",
            "--home",
            str(self.home),
            "serve",
            "--bind",
            f"127.0.0.1:{self.port}",
        ]
        with log.open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError(f"the server did not come up; its log is {log}")

    def kill(self) -> None:
        """SIGKILL to every process of it: what a power cut leaves."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self.kills += 1

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def wait(self) -> None:
        """Stay until the server ends."""
        if self._process is not None:
            self._process.wait()


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
