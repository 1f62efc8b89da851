"""
Ingest into the store without HTTP, beside the limit of one process (read, SHA-256, AES-256-GCM, write, fsync an exam).

Run: `python -m benchmarks.store_limit FOLDER [--exams 50] [--images 40] [--rounds 5]`, FOLDER being on the disk to be
measured; it is left empty. Prints medians: the limit; packs alone (`Deposit`, folders fsynced too); the whole intake
(manifest, tar, rows, capacity, receipt; SQLite with synchronous FULL).
"""

import argparse
import hashlib
import io
import os
import random
import secrets
import shutil
import statistics
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.tables import METADATA
from vault.base import ids
from vault.base.database import Database
from vault.base.scope import Role, Scope
from vault.intake import bundles, manifest, service
from vault.intake.signing import SigningKeys
from vault.store import keys
from vault.store.backends.disk import DiskBackend
from vault.store.packs import Area, Deposit
from vault.store.store import Store
from vault.store.streams import Body
from vault.tenancy import facilities

SMALLEST, LARGEST = 140_000, 396_000


def make_images(folder: Path, exams: int, images: int) -> None:
    """Files of the sizes of endoscopy stills; their bytes are random, as compressed images are to hash and cipher."""
    sizes = random.Random(20261123)
    for exam in range(exams):
        (folder / f"exam{exam:03d}").mkdir(parents=True)
        for image in range(images):
            content = secrets.token_bytes(sizes.randint(SMALLEST, LARGEST))
            (folder / f"exam{exam:03d}" / f"img{image:03d}.jpg").write_bytes(content)


def exams_of(source: Path) -> list[list[Path]]:
    """The files of each exam."""
    return [sorted(exam.iterdir()) for exam in sorted(source.iterdir())]


def limit(source: Path, work: Path) -> None:
    """What one process can do at best."""
    cipher = AESGCM(secrets.token_bytes(32))
    for number, exam in enumerate(exams_of(source)):
        with (work / str(number)).open("wb", buffering=0) as out:
            for path in exam:
                content = path.read_bytes()
                digest, nonce = hashlib.sha256(content).digest(), secrets.token_bytes(12)
                out.write(nonce + cipher.encrypt(nonce, content, digest))
            os.fsync(out.fileno())


def packs(source: Path, work: Path) -> None:
    """The store's deposits alone; the folder is fsynced too."""
    backend, area = DiskBackend(work), Area(ids.new(), secrets.token_bytes(32))
    for exam in exams_of(source):
        with Deposit(backend, area) as deposit:
            for path in exam:
                with path.open("rb", buffering=0) as stream:
                    deposit.add(stream, size=path.stat().st_size)
            deposit.finish()


class Intake:
    """The whole intake, with everything that does not change from exam to exam set up before the clock runs."""

    def __init__(self, source: Path, work: Path) -> None:
        self.database = Database(f"sqlite:///{work / 'kura.sqlite'}")
        METADATA.create_all(self.database.engine)
        self.store = Store(DiskBackend(work / "vault"), keys.make(work / "keys"))
        self.signing = SigningKeys.make(work / "keys")
        with self.database.transaction() as session:
            facility = facilities.make(session, Scope.system(), code="f", name="f", capacity=2**40)
        self.scope = Scope("p", "f-nurse", "f", Role.STAFF, facility_id=facility.id)
        self.exams = [self._prepared(exam) for exam in exams_of(source)]

    def _prepared(self, exam: list[Path]) -> tuple[dict[str, object], bytes]:
        out = io.BytesIO()
        listed: list[dict[str, object]] = []
        with tarfile.open(fileobj=out, mode="w") as tar:
            for path in exam:
                content = path.read_bytes()
                info = tarfile.TarInfo(hashlib.sha256(content).hexdigest())
                info.size = len(content)
                listed.append({"name": path.name, "sha256": info.name, "size": info.size})
                tar.addfile(info, io.BytesIO(content))
        body: dict[str, object] = {
            "patient_id": "P",
            "performed_at": "2026-04-01T00:00:00Z",
            "kind": "colonoscopy",
            "images": listed,
        }
        return body, out.getvalue()

    def run(self) -> None:
        """Announce, bundle, commit, one exam after the other."""
        for body, tar in self.exams:
            with self.database.transaction() as session:
                exam = service.announce(session, self.scope, self.store, manifest.parse(body))
            bundles.receive(self.database, self.store, self.scope, exam.id, Body(io.BytesIO(tar)))
            with self.database.transaction() as session:
                service.commit(session, self.scope, self.signing, exam.id)


def timed(run: Callable[[], None]) -> float:
    """Seconds."""
    os.sync()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def one_round(source: Path, work: Path) -> dict[str, float]:
    """Seconds of each, on an empty folder each."""
    found = {}
    for name, run in (("limit", limit), ("packs", packs)):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        found[name] = timed(lambda run=run: run(source, work))  # type: ignore[misc]
    shutil.rmtree(work)
    work.mkdir()
    intake = Intake(source, work)
    found["intake"] = timed(intake.run)
    intake.database.close()
    shutil.rmtree(work)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--exams", type=int, default=50)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    source, work = asked.folder / "source", asked.folder / "work"
    make_images(source, asked.exams, asked.images)
    count, size = asked.exams * asked.images, sum(path.stat().st_size for exam in exams_of(source) for path in exam)
    rounds = [one_round(source, work) for _ in range(asked.rounds)]
    shutil.rmtree(source)
    base = statistics.median(one["limit"] for one in rounds)
    for name in rounds[0]:
        seconds = statistics.median(one[name] for one in rounds)
        rate, speed = count / seconds, size / seconds / 1e6
        print(f"{name:7} {rate:6.0f} images/s {speed:5.0f} MB/s  {base / seconds:.2f} of the limit")


if __name__ == "__main__":
    main()
