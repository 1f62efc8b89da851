"""
Whether cost grows flat: one image read, and one exam taken in, with nothing else in the area and with a million images.

    python -m benchmarks.a_million_images FOLDER [--images 1000000]

FOLDER is made and holds a server's home. The million is simulated: rows of exams, images and blobs are written
straight into the tables, as the services write them, but no packs; what is read and taken in is real. No worker runs,
as it would miss the packs. Reading is measured over loopback HTTP by one caller on one connection, 500 times at random
over 400 images; taking in by 20 exams of 40 images, each announced and sent in one bundle.
"""

import argparse
import hashlib
import json
import os
import random
import statistics
import sys
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
from sqlalchemy import insert, select, update

from portal.demo.callers import kura
from portal.demo.server import Server
from portal.installation import open_home
from tests.vault.intake.exams import tar_of
from vault.base import clock, ids
from vault.exams.models import Exam, ExamImage, ExamState
from vault.store.models import BlobRow, PackRow
from vault.tenancy.models import Facility, Space

APPLY = """\
[[facilities]]
code = "f001"
name = "Benchmark"
capacity = "2TiB"
[[facilities.devices]]
login = "capture1"
"""
IMAGES_AN_EXAM = 40
SIZE = 200_000
READS, EXAMS = 500, 20


def main() -> None:
    """Print p50 and p95 of a read and the median of an intake, in ms, before and after, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=1_000_000)
    given = parser.parse_args()
    given.folder.mkdir(parents=True)
    server, apply, tokens = Server(given.folder / "home"), given.folder / "apply.toml", given.folder / "tokens.json"
    kura(server.home).run("init")
    apply.write_text(APPLY, encoding="utf-8")
    kura(server.home).run("apply", str(apply), "--tokens", str(tokens))
    token = json.loads(tokens.read_text(encoding="utf-8"))["capture1"]
    with (server.home / "kura.toml").open("a", encoding="utf-8") as settings:
        settings.write("[worker]\nembedded = false\n")
    found = []
    for held in (0, given.images):
        if held:
            _simulate(server.home, held)
        server.start()
        try:
            with _caller(server, token) as client:
                found.append({"held": held} | _measured(client))
        finally:
            server.stop()
        print(json.dumps(found[-1]), flush=True)
    empty, full = found
    print(f"intake, full / empty: {full['intake_ms'] / empty['intake_ms']:.2f}")
    print(f"read p95, full / empty: {full['read_p95_ms'] / empty['read_p95_ms']:.2f}")


def _caller(server: Server, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=600)


def _measured(client: httpx.Client) -> dict[str, float]:
    _take_in(client)  # the first warms statements and connections
    intakes, exams = [], []
    for _ in range(EXAMS):
        began = perf_counter()
        exams.append(_take_in(client))
        intakes.append(perf_counter() - began)
    dice, reads = random.Random(20261124), []
    for _ in range(READS):
        path = f"/exams/{dice.choice(exams[:10])}/images/{dice.randrange(IMAGES_AN_EXAM)}.jpg"
        began = perf_counter()
        client.get(path).raise_for_status()
        reads.append(perf_counter() - began)
    cuts = statistics.quantiles(reads, n=20)
    figures = {"intake_ms": statistics.median(intakes), "read_p50_ms": cuts[9], "read_p95_ms": cuts[18]}
    return {name: round(1000 * seconds, 2) for name, seconds in figures.items()}


def _take_in(client: httpx.Client) -> str:
    contents = [os.urandom(SIZE) for _ in range(IMAGES_AN_EXAM)]
    images = [
        {"name": f"{number}.jpg", "sha256": hashlib.sha256(one).hexdigest(), "size": len(one)}
        for number, one in enumerate(contents)
    ]
    manifest = {"patient_id": "P-1", "performed_at": "2026-11-20T09:00:00+09:00", "kind": "EGD", "images": images}
    exam_id = str(client.post("/exams", json=manifest).raise_for_status().json()["id"])
    sent = client.post(f"/exams/{exam_id}/bundle?commit=true", content=tar_of(*contents))
    if sent.raise_for_status().json()["state"] != "held":
        raise AssertionError("the exam is not held")
    return exam_id


def _simulate(home: Path, images: int) -> None:
    """Rows of so many images of so many exams, a pack each, made a second apart."""
    installation = open_home(home)
    began = clock.now() - timedelta(days=900)
    with installation.database.read() as session:
        facility_id = session.scalars(select(Facility.id)).one()
    for first in range(0, images // IMAGES_AN_EXAM, 250):
        rows: dict[Any, list[dict[str, Any]]] = {PackRow: [], BlobRow: [], Exam: [], ExamImage: []}
        for number in range(first, min(first + 250, images // IMAGES_AN_EXAM)):
            _add_exam(rows, facility_id, began + timedelta(seconds=number), number)
        with installation.database.transaction() as session:
            for model, some in rows.items():
                session.execute(insert(model), some)
            used = len(rows[BlobRow]) * SIZE
            session.execute(update(Space).where(Space.facility_id == facility_id).values(used=Space.used + used))
    installation.close()


def _add_exam(rows: dict[Any, list[dict[str, Any]]], facility_id: str, at: datetime, number: int) -> None:
    exam_id, pack = ids.new(), ids.new()
    rows[PackRow].append({"facility_id": facility_id, "pack": pack, "registered_at": at})
    exam = {"id": exam_id, "facility_id": facility_id, "maker": "device:simulated", "manifest": f"{number:064x}"}
    exam |= {"patient_id": f"P-{number % 5000}", "performed_at": at, "kind": "EGD", "note": "", "target_id": ""}
    rows[Exam].append(exam | {"state": ExamState.HELD.value, "created_at": at, "held_at": at})
    for place in range(IMAGES_AN_EXAM):
        digest = hashlib.sha256(f"{number}/{place}".encode()).hexdigest()
        image = {"id": ids.new(), "facility_id": facility_id, "exam_id": exam_id, "position": place, "sha256": digest}
        image |= {"name": f"{place}.jpg", "folded_name": f"{place}.jpg", "size": SIZE, "media_type": "image/jpeg"}
        rows[ExamImage].append(image | {"broken": False})
        blob = {"facility_id": facility_id, "digest": digest, "pack": pack, "offset": 84 + place * SIZE, "length": SIZE}
        rows[BlobRow].append(blob | {"size": SIZE, "kind": "data", "counted_in": "", "parts": 0})


if __name__ == "__main__":
    sys.exit(main())
