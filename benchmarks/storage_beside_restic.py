"""
Ingest, again and restore by the real capture client over loopback HTTP, beside restic and the one-process limit.

    python -m benchmarks.storage_beside_restic FOLDER [--rounds 5] [--orthanc] [--processes 1]

FOLDER is made and holds everything: JPEGs (deterministic, about 140 KB to 400 KB), a server's home, two devices' homes,
restic's repository. Each round measures all in turn, files in the page cache; medians of the rounds are printed.

`kura` is the transfer (first call to last verified receipt, durable and encrypted) in a client that runs already, as
the daemon does; `kura command` is the whole `kura-capture backup`, its start included, as restic's whole command is.
`--orthanc` measures Orthanc in the same rounds (benchmarks/orthanc.py says what it needs); `--processes` is the
server's setting of that name. `limit` reads, hashes, encrypts and writes with one fsync an exam, in one process and
without HTTP.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from benchmarks import orthanc
from benchmarks.store_limit import limit
from capture_client.backup import receipt, restoring, running
from capture_client.commands.opening import opened
from portal.demo.callers import Command, capture, kura
from portal.demo.server import Server

APPLY = """\
[[facilities]]
code = "f001"
name = "Benchmark"
capacity = "50GiB"
[[facilities.devices]]
login = "capture1"
[[facilities.devices]]
login = "capture2"
"""
COMPARED = (
    ("kura", "restic"),
    ("kura", "orthanc"),
    ("kura command", "restic"),
    ("kura", "limit"),
    ("kura again", "kura"),
    ("kura state lost", "kura"),
    ("kura restore", "restic restore"),
)
EDGES = ((720, 576), (1024, 768), (1280, 720), (1280, 1024), (1920, 1080))
SMALLEST, LARGEST = 140_000, 396_000


def main() -> None:
    """Print one JSON line a round, then the medians in images/s and the ratios to restic."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--exams", type=int, default=50)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--orthanc", action="store_true")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    os.environ["KURA_SERVER_PROCESSES"] = str(given.processes)
    data = given.folder / "data"
    count, size = make_images(data, given.exams, given.images)
    wrapped = orthanc.wrap(data, given.folder / "dicom") if given.orthanc else []
    rounds = []
    for number in range(given.rounds):
        seconds = _round(given.folder / "round", data)
        if wrapped:
            seconds["orthanc"] = orthanc.seconds(given.folder, wrapped)
        rounds.append({name: count / taken for name, taken in seconds.items()})
        print(json.dumps({"round": number} | {name: round(rate) for name, rate in rounds[-1].items()}), flush=True)
    rates = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    print(json.dumps({"images": count, "mb": round(size / 1e6)} | {name: round(rate) for name, rate in rates.items()}))
    for ours, theirs in COMPARED:
        if theirs in rates:
            print(f"{ours} / {theirs}: {rates[ours] / rates[theirs]:.2f}")


def make_images(folder: Path, exams: int, images: int) -> tuple[int, int]:
    """The files, made once; returns how many and how many bytes."""
    dice = np.random.default_rng(20261123)
    for exam in range(exams):
        place = folder / f"exam{exam:03d}"
        place.mkdir(parents=True, exist_ok=True)
        for image in range(images):
            wanted = int(dice.integers(SMALLEST, LARGEST))
            path = place / f"img{image:03d}.jpg"
            if not path.exists():
                path.write_bytes(_jpeg(dice, EDGES[exam % len(EDGES)], wanted))
    files = list(folder.rglob("*.jpg"))
    return len(files), sum(len(path.read_bytes()) for path in files)


def _jpeg(dice: np.random.Generator, edges: tuple[int, int], wanted: int) -> bytes:
    """A noisy picture of the best quality that fits `wanted` bytes."""
    coarse = dice.integers(20, 236, size=(9, 12, 3)).astype(np.float32)
    picture = cv2.resize(coarse, edges, interpolation=cv2.INTER_CUBIC)
    noise = dice.standard_normal(picture.shape, dtype=np.float32) * 8
    shown = np.clip(picture + noise, 0, 255).astype(np.uint8)
    qualities = range(96, 4, -8)
    tries = (cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes() for quality in qualities)
    return next(made for made in tries if len(made) <= wanted)


def _round(folder: Path, data: Path) -> dict[str, float]:
    """Seconds of each measured step, all from nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "limit").mkdir(parents=True)
    seconds = {"limit": timed(lambda: limit(data, folder / "limit"))}
    shutil.rmtree(folder / "limit")
    seconds |= _restic(folder / "restic", data)
    shutil.rmtree(folder / "restic")
    seconds |= _kura(folder / "one", data, _in_process)
    shutil.rmtree(folder / "one")
    seconds |= _kura(folder / "two", data, _as_command)
    shutil.rmtree(folder)
    return seconds


def _kura(
    folder: Path, data: Path, steps: Callable[[Path, Path, Command, Command], dict[str, float]]
) -> dict[str, float]:
    """`steps` with a server and two devices: the first has filed everything, the second will have lost its state."""
    folder.mkdir(parents=True)
    server, apply, tokens = Server(folder / "home"), folder / "apply.toml", folder / "tokens.json"
    kura(server.home).run("init")
    apply.write_text(APPLY, encoding="utf-8")
    kura(server.home).run("apply", str(apply), "--tokens", str(tokens))
    token = json.loads(tokens.read_text(encoding="utf-8"))
    server.start()
    try:
        devices = [capture(folder / name) for name in ("device", "device-again")]
        for device in devices:
            device.run("init", "--server", server.url, "--token", token["capture1"])
            exams = [str(path) for path in sorted(data.iterdir())]
            device.run("import", *exams, "--patient", "P-1", "--kind", "EGD")
        os.sync()
        return steps(folder, data, *devices)
    finally:
        server.stop()


def _in_process(folder: Path, data: Path, device: Command, lost: Command) -> dict[str, float]:
    """Transfer, again with and without the device's own state, and everything back."""
    seconds = {"kura": _backup(folder / "device"), "kura again": _backup(folder / "device")}
    seconds["kura state lost"] = _backup(folder / "device-again")
    with opened(folder / "device") as place:
        keys, connections = receipt.pinned(place.home.receipt_keys), place.home.settings.backup.connections
        seconds["kura restore"] = timed(
            lambda: restoring.restore_all(
                place.link, keys, restoring.held(place.link, folder / "back"), connections, lambda count: None
            )
        )
    assert len(list((folder / "back").rglob("*.jpg"))) == len(list(data.rglob("*.jpg")))
    return seconds


def _as_command(folder: Path, data: Path, device: Command, lost: Command) -> dict[str, float]:
    return {"kura command": timed(lambda: device.run("backup"))}


def _backup(home: Path) -> float:
    with opened(home) as place:
        return timed(lambda: running.backup(place.home, place.database, place.link, running.ON_DEMAND))


def _restic(folder: Path, data: Path) -> dict[str, float]:
    """The same files into a new repository, again unchanged, and back."""
    environment = {**os.environ, "RESTIC_PASSWORD": "benchmark", "RESTIC_CACHE_DIR": str(folder / "cache")}
    command = ["restic", "-q", "-r", str(folder / "repository")]

    def run(*arguments: str) -> None:
        subprocess.run([*command, *arguments], env=environment, check=True)

    run("init", "--repository-version", "2")
    return {
        "restic": timed(lambda: run("backup", str(data))),
        "restic again": timed(lambda: run("backup", str(data))),
        "restic restore": timed(lambda: run("restore", "latest", "--target", str(folder / "back"))),
    }


def timed(act: Callable[[], object]) -> float:
    """Seconds that `act` took."""
    began = perf_counter()
    act()
    return perf_counter() - began


if __name__ == "__main__":
    main()
