"""
Ingest by the real capture client beside `restic backup` of the same files, in turn, medians of the rounds.

    python benchmarks/ingest_beside_restic.py FOLDER [--exams 10] [--images 40] [--rounds 5]

FOLDER is made and holds everything: JPEGs (deterministic, about 150 KB to 400 KB), a server's home, a device's home and
restic's repository for each round. Kura: `kura-capture backup` over loopback HTTP to `kura serve`, durable, encrypted,
receipted. restic: a local repository, new in each round. Both are timed as whole commands, files in the page cache.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from portal.demo.callers import capture, kura
from portal.demo.server import Server

APPLY = """\
[[facilities]]
code = "f001"
name = "Benchmark"
capacity = "50GiB"
[[facilities.devices]]
login = "capture1"
"""


def main() -> None:
    """Print one JSON line a round, then the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--exams", type=int, default=10)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    data = given.folder / "data"
    count, size = _make(data, given.exams, given.images)
    rounds = []
    for number in range(given.rounds):
        ours = _kura(given.folder / f"kura-{number}", data)
        theirs = _restic(given.folder / f"restic-{number}", data)
        rounds.append((count / ours, count / theirs))
        print(
            json.dumps({"round": number, "kura_images_s": count / ours, "restic_images_s": count / theirs}), flush=True
        )
    ours, theirs = (statistics.median(one[side] for one in rounds) for side in (0, 1))
    print(json.dumps({"images": count, "mb": size / 1e6, "kura": ours, "restic": theirs, "ratio": ours / theirs}))


def _make(folder: Path, exams: int, images: int) -> tuple[int, int]:
    """The files, made once; returns how many and how many bytes."""
    dice = np.random.default_rng(20261123)
    for exam in range(exams):
        place = folder / f"exam{exam:03d}"
        place.mkdir(parents=True, exist_ok=True)
        for image in range(images):
            path = place / f"img{image:03d}.jpg"
            if not path.exists():
                coarse = dice.integers(20, 236, size=(9, 12, 3)).astype(np.float32)
                picture = cv2.resize(coarse, (1280, 720), interpolation=cv2.INTER_CUBIC)
                picture += dice.standard_normal(picture.shape, dtype=np.float32) * 9
                cv2.imwrite(str(path), np.clip(picture, 0, 255), [cv2.IMWRITE_JPEG_QUALITY, 80])
    files = list(folder.rglob("*.jpg"))
    return len(files), sum(len(path.read_bytes()) for path in files)


def _kura(folder: Path, data: Path) -> float:
    """Seconds of `kura-capture backup` into a new home."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    server, apply, tokens = Server(folder / "home"), folder / "apply.toml", folder / "tokens.json"
    kura(server.home).run("init")
    apply.write_text(APPLY, encoding="utf-8")
    kura(server.home).run("apply", str(apply), "--tokens", str(tokens))
    server.start()
    device = capture(folder / "device")
    try:
        token = json.loads(tokens.read_text(encoding="utf-8"))["capture1"]
        device.run("init", "--server", server.url, "--token", token)
        exams = [str(path) for path in sorted(data.iterdir())]
        device.run("import", *exams, "--patient", "P-1", "--kind", "EGD")
        began = perf_counter()
        device.run("backup")
        return perf_counter() - began
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _restic(folder: Path, data: Path) -> float:
    """Seconds of `restic backup` into a new repository."""
    environment = {**os.environ, "RESTIC_PASSWORD": "benchmark", "RESTIC_CACHE_DIR": str(folder / "cache")}
    command = ["restic", "-q", "-r", str(folder / "repository")]
    subprocess.run([*command, "init", "--repository-version", "2"], env=environment, check=True)
    began = perf_counter()
    subprocess.run([*command, "backup", str(data)], env=environment, check=True)
    seconds = perf_counter() - began
    shutil.rmtree(folder, ignore_errors=True)
    return seconds


if __name__ == "__main__":
    sys.exit(main())
