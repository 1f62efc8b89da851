"""
Work that lets go of what an area holds, beside what stays: garbage of a deleted exam, and erasure.

Each scenario can be done again from its beginning; the clock of its process goes back with it, as it may after a crash.
"""

import io
import multiprocessing
from contextlib import nullcontext, suppress
from datetime import timedelta
from pathlib import Path

import portal.tables
from tests.faults.scenarios import IMAGES, Bench, open_bench
from tests.vault.intake.exams import body, tar_of
from vault.base import clock
from vault.base.errors import Conflict, Gone
from vault.base.faults import How, Point, armed
from vault.base.scope import Role, Scope
from vault.base.settings import Retention
from vault.exams import deletion
from vault.intake import bundles, erasing, erasure, manifest, receipts, service
from vault.store.collecting import collect
from vault.store.garbage import Hands

assert portal.tables.METADATA.tables

KEPT = {"0.jpg": IMAGES["0.jpg"], "own.jpg": b"own" * 1000}
"""The exam that stays shares an image with the one that goes."""
POLICY = Retention(exam_years=0)
PASSPHRASE = "correct horse battery"
ORPHAN = b"of a server that was killed" * 1000


def prepare(bench: Bench) -> None:
    """Two exams that are held, one to go and one to stay."""
    for patient, images in (("P-1", IMAGES), ("P-2", KEPT)):
        with bench.database.transaction() as session:
            parsed = manifest.parse(body(images, patient_id=patient))
            exam_id = service.announce(session, bench.scope, bench.store, parsed).id
        bundles.receive(bench.database, bench.store, bench.scope, exam_id, io.BytesIO(tar_of(*images.values())))
        with bench.database.transaction() as session:
            service.commit(session, bench.scope, bench.signing, exam_id)
        bench.acknowledge(**{patient: exam_id})


def hands(bench: Bench) -> Hands:
    return Hands(bench.store, bench.database.read, bench.database.transaction)


def after(days: float) -> None:
    """The work goes on so many days after today."""
    clock.set_shift(timedelta(days=days))


def garbage(bench: Bench) -> None:
    """An exam is deleted and a server left a pack behind; rounds of collection until nothing is left of either."""
    nurse = Scope("n", "nurse", "Nurse", Role.STAFF, facility_id=bench.scope.area, person_id="n")
    with bench.database.read() as session, bench.store.deposit(bench.store.area(session, bench.scope)) as deposit:
        deposit.add(io.BytesIO(ORPHAN), size=len(ORPHAN))
        deposit.finish()
    with bench.database.transaction() as session, suppress(Gone):
        deletion.delete(session, nurse, POLICY, str(bench.acknowledged("P-1")[0]))
    for days in (31, 33, 35, 37, 70, 72, 74, 76):
        after(days)
        deletion.remove_expired(bench.database.transaction, POLICY, receipts.note_removal)
        collect(hands(bench))


def erase(bench: Bench) -> None:
    """The area is erased."""
    admin = Scope("a", "admin", "Admin", Role.ADMIN, facility_id=bench.scope.area, person_id="a")
    with bench.database.transaction() as session, suppress(Conflict):
        erasure.order(session, admin, POLICY, "the contract has ended")
    after(91)
    with bench.database.read() as session:
        due = erasure.due(session)
    for erasure_id in due:
        erasing.carry_out(hands(bench), bench.signing, erasure_id)


WORK = {"garbage": garbage, "erase": erase}
POINTS = {
    "garbage": (
        *(Point.EXAM_REMOVED, Point.GARBAGE_CONDEMNED, Point.GARBAGE_SWEPT, Point.PACK_ADOPTED),
        *(Point.PACK_DELETED, Point.COMPACTION_COPIED, Point.COMPACTION_MOVED),
        *(Point.PACK_RECORD, Point.PACK_SEALED, Point.FILE_REMOVED),
    ),
    "erase": (
        *(Point.ERASURE_BEGUN, Point.ERASURE_KEY_GONE, Point.ERASURE_ROWS_GONE),
        *(Point.ERASURE_PACKS_GONE, Point.ERASURE_CERTIFIED, Point.FILE_REMOVED),
    ),
}
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.vault.lifecycle.letting_go"])


def run(name: str, bench: Bench, point: Point | None = None, time: int = 1) -> int | None:
    """Exit status (negative: the signal) of a process that did the work, killed the `time`-th time it met the point."""
    bench.database.close()
    where = (bench.database.url, str(bench.home), bench.scope.area)
    process = _PROCESSES.Process(target=_work, args=(name, *where, point, time))
    process.start()
    process.join(60)
    return process.exitcode


def _work(name: str, url: str, home: str, facility_id: str, point: Point | None, time: int) -> None:
    bench = open_bench(url, Path(home), facility_id)
    with armed(point, How.KILL, time=time) if point else nullcontext():
        WORK[name](bench)
