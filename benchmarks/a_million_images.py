"""
Whether cost grows flat: images read, exams listed and taken in, with nothing else held and with a million images.

    python -m benchmarks.a_million_images FOLDER [--images 1000000]

FOLDER is made and holds a server's home. The million is simulated: rows of exams, images, thumbnails and blobs are
written straight into the tables, as the services write them, but no packs; what is read and taken in is real. No worker
runs, as it would miss the packs. All is measured over loopback HTTP by one caller on one connection, so the client's
share is in it: an image 500 times at random over 400 images of 200 kB; lists (50 exams of the API, the page of 24 that
staff open, of one patient and far behind the newest too) 100 times each; taking in by 20 exams of 40 images, each
announced and sent in one bundle.
"""

import argparse
import hashlib
import json
import os
import random
import statistics
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
from sqlalchemy import insert, select, update

from portal.app import create_app
from portal.demo.callers import kura
from portal.demo.server import Server
from portal.installation import open_home
from tests.vault.intake.exams import tar_of
from vault.base import clock, ids, paging
from vault.exams.models import Exam, ExamImage, ExamState, Thumbnail
from vault.exams.workshop import EDGES
from vault.store.models import BlobRow, PackRow
from vault.tenancy import logins, sessions
from vault.tenancy.models import Facility, Space

APPLY = """\
[[facilities]]
code = "f001"
name = "Benchmark"
capacity = "2TiB"
[[facilities.devices]]
login = "capture1"
[[facilities.people]]
login = "nurse"
role = "staff"
"""
SETTINGS = """\
[worker]
embedded = false
[people]
totp_required = false
"""
IMAGES_AN_EXAM = 40
SIZE = 200_000
READS, LISTS, EXAMS = 500, 100, 20
Figures = dict[str, Any]


def main() -> None:
    """Print p50 and p95 of reads and lists and the median of an intake, in ms, before and after, and the ratios."""
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
        settings.write(SETTINGS)
    found = []
    for held in (0, given.images):
        if held:
            _simulate(server.home, held)
        cookie = _signed_in(server.home)
        server.start()
        try:
            with _client(server, token, cookie) as client:
                found.append(_measured(client))
        finally:
            server.stop()
        print(json.dumps({"held": held} | found[-1]), flush=True)
    empty, full = found
    for what in empty:
        print(f"{what}, full / empty: {full[what]['p50'] / empty[what]['p50']:.2f}")


def _client(server: Server, token: str, cookie: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=server.url, headers=headers, cookies={"kura": cookie}, timeout=600)


def _signed_in(home: Path) -> str:
    """The cookie of a browser in which the nurse has signed in."""
    installation = open_home(home)
    app = create_app(installation)
    with installation.database.transaction() as session:
        person = logins.person_by(session, "nurse")
        if person is None:
            raise LookupError("nurse")
        started = sessions.start(session, person, installation.settings.people)
    browser = app.test_client()
    with browser.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = started.cookie, True
    found = browser.get_cookie("kura")
    installation.close()
    if found is None:
        raise LookupError("kura")
    return found.value


def _measured(client: httpx.Client) -> Figures:
    _take_in(client)  # the first warms statements and connections
    exams: list[str] = []
    intake = _timed(lambda: exams.append(_take_in(client)), EXAMS)
    dice = random.Random(20261124)
    far = paging.encode((_began() + timedelta(hours=2), ""))
    no_api = {"Authorization": ""}

    def image() -> str:
        return f"/api/v1/exams/{dice.choice(exams[:10])}/images/{dice.randrange(IMAGES_AN_EXAM)}.jpg"

    asked = {
        "image": (image, READS),
        "list": (lambda: "/api/v1/exams", LISTS),
        "list_far": (lambda: f"/api/v1/exams?after={far}", LISTS),
        "list_patient": (lambda: f"/api/v1/exams?patient_id=P-{dice.randrange(5000)}", LISTS),
        "exam": (lambda: f"/api/v1/exams/{dice.choice(exams)}", LISTS),
        "area": (lambda: "/api/v1/area", LISTS),
        "page": (lambda: "/exams", LISTS),
        "page_far": (lambda: f"/exams?after={far}", LISTS),
        "page_patient": (lambda: f"/exams?patient_id=P-{dice.randrange(5000)}", LISTS),
        "home": (lambda: "/home", LISTS),
    }
    found = {"intake": intake}
    for what, (address, times) in asked.items():
        headers = {} if address().startswith("/api/") else no_api
        found[what] = _timed(_asking(client, address, headers), times)
    return found


def _asking(client: httpx.Client, address: Callable[[], str], headers: dict[str, str]) -> Callable[[], object]:
    def ask() -> None:
        answer = client.get(address(), headers=headers)
        if answer.status_code != httpx.codes.OK:
            raise AssertionError(f"{answer.status_code} {answer.url}")

    return ask


def _timed(act: Callable[[], object], times: int) -> dict[str, float]:
    """p50 and p95 in ms."""
    took = []
    for _ in range(times):
        began = perf_counter()
        act()
        took.append(1000 * (perf_counter() - began))
    cuts = statistics.quantiles(took, n=20)
    return {"p50": round(cuts[9], 2), "p95": round(cuts[18], 2)}


def _began() -> datetime:
    """When the first of the simulated exams was made."""
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=900)


def _take_in(client: httpx.Client) -> str:
    contents = [os.urandom(SIZE) for _ in range(IMAGES_AN_EXAM)]
    images = [
        {"name": f"{number}.jpg", "sha256": hashlib.sha256(one).hexdigest(), "size": len(one)}
        for number, one in enumerate(contents)
    ]
    manifest = {"patient_id": "P-1", "performed_at": "2026-11-20T09:00:00+09:00", "kind": "EGD", "images": images}
    exam_id = str(client.post("/api/v1/exams", json=manifest).raise_for_status().json()["id"])
    sent = client.post(f"/api/v1/exams/{exam_id}/bundle?commit=true", content=tar_of(*contents))
    if sent.raise_for_status().json()["state"] != "held":
        raise AssertionError("the exam is not held")
    return exam_id


def _simulate(home: Path, images: int) -> None:
    """Rows of so many images of so many exams, a pack each, made a second apart."""
    installation = open_home(home)
    began = _began()
    with installation.database.read() as session:
        facility_id = session.scalars(select(Facility.id)).one()
    for first in range(0, images // IMAGES_AN_EXAM, 250):
        rows: dict[Any, list[dict[str, Any]]] = {PackRow: [], BlobRow: [], Exam: [], ExamImage: [], Thumbnail: []}
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
    lies: dict[str, Any] = {"facility_id": facility_id, "pack": pack, "registered_at": at}
    rows[PackRow].append(lies)
    exam: dict[str, Any] = {
        "id": exam_id,
        "facility_id": facility_id,
        "maker": "device:simulated",
        "manifest": f"{number:064x}",
    }
    exam |= {"patient_id": f"P-{number % 5000}", "performed_at": at, "kind": "EGD", "note": "", "target_id": ""}
    rows[Exam].append(exam | {"state": ExamState.HELD.value, "created_at": at, "held_at": at})
    for place in range(IMAGES_AN_EXAM):
        digest = hashlib.sha256(f"{number}/{place}".encode()).hexdigest()
        image = {"id": ids.new(), "facility_id": facility_id, "exam_id": exam_id, "position": place, "sha256": digest}
        image |= {"name": f"{place}.jpg", "folded_name": f"{place}.jpg", "size": SIZE, "media_type": "image/jpeg"}
        rows[ExamImage].append(image | {"broken": False})
        small = {
            "facility_id": facility_id,
            "image_id": image["id"],
            "sha256": digest[::-1],
            "width": 320,
            "height": 240,
        }
        rows[Thumbnail] += [small | {"edge": edge} for edge in EDGES]
        blob = {"facility_id": facility_id, "digest": digest, "pack": pack, "offset": 84 + place * SIZE, "length": SIZE}
        rows[BlobRow].append(blob | {"size": SIZE, "kind": "data", "counted_in": "", "parts": 0})


if __name__ == "__main__":
    main()
