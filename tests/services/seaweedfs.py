"""A private S3 server on free ports of the loopback address; it can be stopped and started again on its folder."""

import json
import shutil
import signal
import socket
import tempfile
from datetime import timedelta
from pathlib import Path

from tests.services.process import Server
from tests.services.redis_server import free_port
from vault.base.errors import Unavailable
from vault.store.backends.s3 import Bucket, S3Backend

ACCESS_KEY, SECRET_KEY = "kura-tests", "kura-tests-secret"
_GRPC = 10_000
FIRST_WRITE_SECONDS = 90.0


class SeaweedFS:
    """A running server; `url` is that of its S3 gateway."""

    def __init__(self, program: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kura-s3-"))
        self._program = program
        self._port, *self._others = (_port_pair() for _ in range(4))
        self.url = f"http://127.0.0.1:{self._port}"
        identity = {
            "name": "kura",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (self._folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        self.start()

    def start(self) -> None:
        """Start on the folder as it is."""
        master, volume, filer = self._others
        self._server = Server(
            [
                self._program,
                "server",
                "-dir",
                self._folder,
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                f"-master.port={master}",
                f"-volume.port={volume}",
                "-volume.max=20",
                "-master.volumeSizeLimitMB=64",
                "-filer",
                f"-filer.port={filer}",
                "-s3",
                f"-s3.port={self._port}",
                "-master.telemetry=false",
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
                f"-s3.config={self._folder / 's3.json'}",
            ],
            log=self._folder / "log",
            user=None,
            ending=signal.SIGKILL,  # polite takes it ten seconds; what it acknowledged is in its files
        )
        self._server.wait_until(self._answers, FIRST_WRITE_SECONDS)

    def bucket(self, prefix: str) -> Bucket:
        """A folder of the tests' bucket."""
        return Bucket("kura", self.url, "us-east-1", prefix, ACCESS_KEY, SECRET_KEY, timedelta(seconds=30))

    def stop(self) -> None:
        """End the server; the folder stays for another `start`."""
        self._server.stop()

    def remove(self) -> None:
        """End the server and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        """Whether it takes an object: its gateway listens before there is a volume to write to."""
        try:
            S3Backend(self.bucket("ready"), self._folder).replace("probe", b"")
        except Unavailable:
            return False
        return True


def _port_pair() -> int:
    """A free port whose twin for gRPC, 10,000 above, is free too."""
    while True:
        port = free_port()
        with socket.socket() as twin:
            try:
                twin.bind(("127.0.0.1", port + _GRPC))
            except (OSError, OverflowError):
                continue
        return port
