"""Several processes in one area: two that send exams, half of them the same, and one that collects garbage."""

import io
import multiprocessing
from pathlib import Path

import portal.tables
from tests.faults.scenarios import open_bench
from tests.vault.intake.exams import body, tar_of
from vault.intake import bundles, manifest, service
from vault.store.collecting import collect_area
from vault.store.garbage import Hands

assert portal.tables.METADATA.tables

EACH = 6
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.faults.crowd"])
_LONGEST_SECONDS = 60


def run(url: str, home: Path, facility_id: str) -> list[int | None]:
    """Let all three loose; their exit statuses."""
    where = (url, str(home), facility_id)
    writers = [_PROCESSES.Process(target=write, args=(*where, first)) for first in (0, EACH // 2)]
    everyone = [*writers, _PROCESSES.Process(target=collect_often, args=where)]
    for process in everyone:
        process.start()
    for process in everyone:
        process.join(_LONGEST_SECONDS)
    return [process.exitcode for process in everyone]


def write(url: str, home: str, facility_id: str, first: int) -> None:
    """Exams of patients `first` to `first + EACH`, one after the other."""
    bench = open_bench(url, Path(home), facility_id)
    for number in range(first, first + EACH):
        content = {"0.jpg": bytes([number]) * 40_000}
        with bench.database.transaction() as session:
            parsed = manifest.parse(body(content, patient_id=f"P-{number}"))
            exam_id = service.announce(session, bench.scope, bench.store, parsed).id
        tar = io.BytesIO(tar_of(*content.values()))
        bundles.receive(bench.database, bench.store, bench.scope, exam_id, tar)
        with bench.database.transaction() as session:
            service.commit(session, bench.scope, bench.signing, exam_id)


def collect_often(url: str, home: str, facility_id: str) -> None:
    """Garbage is collected all the while, by a process that thinks days go by."""
    bench = open_bench(url, Path(home), facility_id)
    hands = Hands(bench.store, bench.database.read, bench.database.transaction)
    with bench.database.transaction() as session:
        bench.store.ensure_area(session, facility_id)
    for _ in range(10):
        collect_area(hands, facility_id)
