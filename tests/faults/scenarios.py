"""
The work that meets the failure points, scenario by scenario.

To have a new `Point` walked, write a function that does real work on a `Bench` (and can be done again from its
beginning with the effect of once), and add a line to `SCENARIOS` with the points that it passes. The walker runs it in
a process of its own, once killed and once with the disk full at each of them, then opens the home anew, checks what
was acknowledged, does the work again without a fault, and checks that the end is the same as without one.
"""

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.vault.intake.exams import body, sha256, tar_of
from vault.base.database import Database
from vault.base.errors import Invalid
from vault.base.faults import Point
from vault.base.scope import Scope
from vault.intake import bundles, manifest, service
from vault.intake.signing import SigningKeys
from vault.store.backends.disk import DiskBackend
from vault.store.store import Store, open_store

IMAGES = {f"{place}.jpg": bytes([place]) * 300_000 for place in range(3)}
SMALL_FILE = "replaced.json"


@dataclass(frozen=True)
class Bench:
    """An opened home of one facility; what `acknowledge` is told outlives the process."""

    home: Path
    database: Database
    store: Store
    signing: SigningKeys
    scope: Scope

    def acknowledge(self, **what: object) -> None:
        """Note durably what a caller would have been answered by now."""
        with (self.home / "acknowledged").open("a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def acknowledged(self, name: str) -> list[object]:
        """Every value noted under that name, oldest first."""
        path = self.home / "acknowledged"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [found[name] for found in map(json.loads, lines) if name in found]


def open_bench(url: str, home: Path, facility_id: str) -> Bench:
    """The home as a fresh process finds it."""
    database = Database(url)
    store = open_store(home / "vault", home / "keys", database)
    return Bench(home, database, store, SigningKeys.load(home / "keys"), Scope.system(facility_id))


def announce(bench: Bench, patient: str) -> str:
    """An exam of `IMAGES` for that patient, announced in one transaction; its id."""
    with bench.database.transaction() as session:
        parsed = manifest.parse(body(IMAGES, patient_id=patient))
        return service.announce(session, bench.scope, bench.store, parsed).id


def ingest(bench: Bench) -> None:
    """The whole way of one exam."""
    exam_id = announce(bench, "P-1")
    bundles.receive(bench.database, bench.store, bench.scope, exam_id, io.BytesIO(tar_of(*IMAGES.values())))
    bench.acknowledge(digests=[sha256(content) for content in IMAGES.values()])
    with bench.database.transaction() as session:
        receipt = service.commit(session, bench.scope, bench.signing, exam_id)
    bench.acknowledge(receipt=receipt)


def refused_member(bench: Bench) -> None:
    """A bundle whose last image is not what its name says and is cut off again; then the exam is sent whole."""
    exam_id = announce(bench, "P-1")
    first, *_, last = IMAGES.values()
    spoilt = tar_of(first, last[:-1] + b"!", names=[sha256(first), sha256(last)])
    try:
        bundles.receive(bench.database, bench.store, bench.scope, exam_id, io.BytesIO(spoilt))
    except Invalid:
        bench.acknowledge(digests=[sha256(first)])
    ingest(bench)


def small_files(bench: Bench) -> None:
    """A small file that is replaced, and one that is removed."""
    backend = DiskBackend(bench.home / "vault")
    for content in (b"one", b"two"):
        backend.replace(SMALL_FILE, content)
        bench.acknowledge(small=content.decode())
    backend.keep("removed.json", b"x")
    backend.delete("removed.json")
    ingest(bench)


@dataclass(frozen=True)
class Scenario:
    """Work, and the points that it passes."""

    work: Callable[[Bench], None]
    points: frozenset[Point]


SCENARIOS = {
    "ingest": Scenario(
        ingest,
        frozenset(
            {
                *(Point.TRANSACTION_COMMITTING, Point.TRANSACTION_COMMITTED),
                *(Point.FILE_MADE, Point.FILE_WRITING, Point.FILE_WRITTEN, Point.FILE_SYNCED, Point.FILE_NAMED),
                *(Point.ASIDE_WRITTEN, Point.ASIDE_LINKED, Point.AREA_KEY_KEPT),
                *(Point.PACK_BEGUN, Point.PACK_RECORD, Point.PACK_INDEXED, Point.PACK_SEALED),
                *(Point.EXAM_ANNOUNCED, Point.BUNDLE_DURABLE, Point.BUNDLE_COUNTED, Point.BUNDLE_REGISTERED),
                *(Point.RECEIPT_SIGNED, Point.EXAM_COMMITTED),
            }
        ),
    ),
    "refused member": Scenario(refused_member, frozenset({Point.FILE_CUT})),
    "small files": Scenario(small_files, frozenset({Point.ASIDE_RENAMED, Point.FILE_REMOVED})),
}
