"""After a kill: finish what a dead recorder left open. Run when a home is opened; a live recorder is left alone."""

from datetime import datetime
from pathlib import Path

from capture_client import durable, locks
from capture_client.camera import still
from capture_client.filing import catalogue, store
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Exam, Image, State
from capture_client.settings import Home


def finish(home: Home, database: FilingDatabase) -> list[Exam]:
    """Settle every open exam whose recorder is dead → the exams filed so."""
    filed = []
    for exam in catalogue.exams(database, State.OPEN):
        lock = locks.seize(store.lock_of(home, exam.key))
        if lock is None:
            continue
        with lock:
            folder = home.filing / exam.key
            if folder.is_dir():
                _drop_halves(folder)
                catalogue.add_images(database, exam.key, _without_rows(folder, exam))
            settled = store.settle(home, database, exam.key)
        store.lock_of(home, exam.key).unlink(missing_ok=True)
        filed += [settled] if settled else []
    return filed


def _drop_halves(folder: Path) -> None:
    for half in folder.glob(f"*{durable.PART}"):
        half.unlink()


def _without_rows(folder: Path, exam: Exam) -> list[Image]:
    """Images that became durable in the moment before the kill, and whose rows did not."""
    entered = {image.name for image in exam.images} | {store.SIDECAR}
    found = sorted(file for file in folder.iterdir() if file.name not in entered)
    return [Image(file.name, *durable.digest_of(file), _time(file)) for file in found]


def _time(file: Path) -> datetime | None:
    data = still.read(file.read_bytes())
    return data.captured_at if data else None
