"""
The local store: one folder for each exam, its files durable before the database says so.

A still of a live exam: file durable, then its row. An exam that exists as files already (an import): all files
durable, one barrier, then exam and images in one transaction. A cut leaves files without rows, never rows
without files; `recovery` picks them up.
"""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from capture_client import clock, durable, locks
from capture_client.camera import still
from capture_client.filing import catalogue
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Details, Exam, Image, State
from capture_client.settings import Home

SIDECAR = "exam.json"


class LiveExam:
    """An exam being recorded. While it is open a lock tells other processes that its recorder lives."""

    def __init__(self, home: Home, database: FilingDatabase, details: Details) -> None:
        self.key = f"{details.performed_at:%Y%m%dT%H%M%S}-{os.urandom(5).hex()}"
        self._home, self._database, self._details = home, database, details
        self._folder = home.filing / self.key
        self._lock = locks.seize(lock_of(home, self.key))
        self.images: list[Image] = []
        durable.make_folder(self._folder)
        catalogue.add(database, self.key, details, State.OPEN)

    def file(self, frame: NDArray[np.uint8], at: datetime) -> Image:
        """Make a still durable and enter it; when this returns it cannot be lost."""
        name = f"{len(self.images) + 1:04d}.jpg"
        details = self._details
        jpeg = still.encode(
            frame,
            still.Management(
                self.key, details.patient_id, details.kind, details.performed_at, at, name,
                details.scope_model, details.scope_serial, details.person,
            ),
        )  # fmt: skip
        digest, size = durable.write_chunks(self._folder / name, [jpeg])
        durable.sync_folder(self._folder)
        image = Image(name, digest, size, at)
        catalogue.add_images(self._database, self.key, [image])
        self.images.append(image)
        return image

    def close(self) -> Exam | None:
        """File the exam, or take it out when it has no picture."""
        exam = settle(self._home, self._database, self.key)
        if self._lock:
            self._lock.close()
        lock_of(self._home, self.key).unlink(missing_ok=True)
        return exam


def settle(home: Home, database: FilingDatabase, key: str) -> Exam | None:
    """Bring an open exam to `filed` with its sidecar; without images it is taken out → None."""
    exam = catalogue.find(database, key)
    folder = home.filing / key
    if not exam.images:
        catalogue.forget(database, key)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        return None
    write_sidecar(folder, key, exam.details, exam.images)
    catalogue.move(database, key, State.FILED)
    return catalogue.find(database, key)


def file_copies(
    home: Home, database: FilingDatabase, key: str, details: Details, copies: Iterable[tuple[Path, str]]
) -> Exam:
    """File an exam from finished files: (where it is, what it will be called). The originals stay."""
    folder = home.filing / key
    durable.make_folder(folder)
    images = []
    for source, name in copies:
        digest, size = durable.write_chunks(folder / name, durable.chunks_of(source))
        images.append(Image(name, digest, size, taken_at(source)))
    write_sidecar(folder, key, details, images)  # its folder barrier covers the copies too
    catalogue.add(database, key, details, State.FILED, images)
    return catalogue.find(database, key)


def write_sidecar(folder: Path, key: str, details: Details, images: Iterable[Image]) -> None:
    """The exam's data beside its files, for whoever reads them without the database."""
    described = {"exam": key, **details.described(), "person": details.person}
    described["images"] = [image.described() for image in images]
    durable.write(folder / SIDECAR, json.dumps(described, ensure_ascii=False, indent=1).encode())


def taken_at(file: Path) -> datetime:
    """When an image was taken: its own management data, else the file's time."""
    with file.open("rb") as stream:
        data = still.read(stream.read(1 << 17))  # management data stands before the picture's
    return data.captured_at if data else datetime.fromtimestamp(file.stat().st_mtime, clock.now().tzinfo)


def lock_of(home: Home, key: str) -> Path:
    """The lock that the recorder of an exam holds."""
    return home.locks / f"exam-{key}.lock"
