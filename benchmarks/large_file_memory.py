"""
How much memory the server needs to take one large file in and to give it back.

    python -m benchmarks.large_file_memory FOLDER [--gigabytes 10]

FOLDER is made and holds a server's home. The file is random bytes, made as they are sent, put into the drive and read
back over loopback HTTP; resident memory of all the server's processes is looked at ten times a second.
"""

import argparse
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import httpx

from portal.demo.callers import kura
from portal.demo.server import Server

APPLY = """\
[[facilities]]
code = "f001"
name = "Benchmark"
capacity = "60GiB"
[[facilities.devices]]
login = "capture1"
"""
PIECE = 2**20


class Watched:
    """The most resident bytes that a process group had while the block ran, beyond what it had before."""

    def __init__(self, group: int) -> None:
        self._group, self._over = group, threading.Event()
        self.idle = self.most = resident(group)

    def __enter__(self) -> "Watched":
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.most = max(self.most, resident(self._group))


def resident(group: int) -> int:
    """Bytes that the processes of the group have in memory."""
    pages = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                pages += int((folder / "statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Print seconds, MB/s and the growth in MB, there and back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gigabytes", type=float, default=10)
    given = parser.parse_args()
    size = int(given.gigabytes * 10**9)
    given.folder.mkdir(parents=True)
    server, apply, tokens = Server(given.folder / "home"), given.folder / "apply.toml", given.folder / "tokens.json"
    kura(server.home).run("init")
    apply.write_text(APPLY, encoding="utf-8")
    kura(server.home).run("apply", str(apply), "--tokens", str(tokens))
    headers = {"Authorization": f"Bearer {json.loads(tokens.read_text(encoding='utf-8'))['capture1']}"}
    server.start()
    try:
        with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=600) as client:
            client.get("/area").raise_for_status()
            for way, act in (("there", _put), ("back", _get)):
                with Watched(server.group) as watched:
                    began = perf_counter()
                    act(client, size)
                    seconds = perf_counter() - began
                grown = (watched.most - watched.idle) / 1e6
                said = {
                    "way": way,
                    "gb": size / 1e9,
                    "seconds": round(seconds, 1),
                    "mb_a_second": round(size / 1e6 / seconds),
                }
                print(json.dumps(said | {"idle_mb": round(watched.idle / 1e6), "grown_mb": round(grown)}), flush=True)
    finally:
        server.stop()


def _pieces(size: int, running: "hashlib._Hash") -> Iterator[bytes]:
    """The file: a random megabyte, each time with its number in front."""
    noise = os.urandom(PIECE - 8)
    for number in range(-(-size // PIECE)):
        piece = (number.to_bytes(8, "big") + noise)[: size - number * PIECE]
        running.update(piece)
        yield piece


def _put(client: httpx.Client, size: int) -> None:
    running = hashlib.sha256()
    answer = client.put("/files/large.bin", content=_pieces(size, running), headers={"Content-Length": str(size)})
    answer.raise_for_status()
    if answer.json()["sha256"] != running.hexdigest():
        raise AssertionError("what was kept is not what was sent")


def _get(client: httpx.Client, size: int) -> None:
    with client.stream("GET", "/files/large.bin") as answer:
        running, digest = hashlib.sha256(), answer.headers["ETag"].strip('"')
        for piece in answer.iter_raw():
            running.update(piece)
    if answer.status_code != httpx.codes.OK or running.hexdigest() != digest:
        raise AssertionError("what came back is not what was kept")


if __name__ == "__main__":
    main()
