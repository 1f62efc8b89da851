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
from vault.store.backends.s3 import Bucket

ACCESS_KEY, SECRET_KEY = "kura-tests", "kura-tests-secret"
_GRPC = 10_000


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
                "-s3.port.iceberg=0",
                f"-s3.config={self._folder / 's3.json'}",
            ],
            log=self._folder / "log",
            user=None,
            ending=signal.SIGKILL,  # polite takes it ten seconds; what it acknowledged is in its files
        )
        self._server.wait_until(self._answers)

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
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True


def _port_pair() -> int:
    """A free port whose twin for gRPC, 10,000 above, can be one too."""
    while (port := free_port()) + _GRPC > 65_535:
        pass
    return port
