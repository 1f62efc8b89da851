"""
The facility's mass storage: a folder any terminal can read, filled from the local store per exam or nightly.

FOLDER/<patient>/<time>-<exam>/ holds the exam's files and exam.json. A mark file tells the real folder from an
empty mount point: without it nothing is written, so a server that is away does not fill the local disk.
"""

import re
from collections.abc import Callable
from pathlib import Path

from capture_client import durable
from capture_client.errors import Damaged, NotFound, Unavailable
from capture_client.filing import catalogue, store
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Exam, Image, State
from capture_client.settings import Home

MARK = ".kura-mass-storage"
RESERVED = re.compile(r"|CON|PRN|AUX|NUL|COM\d|LPT\d", re.IGNORECASE)  # names that Windows keeps for itself


def prepare(folder: Path) -> None:
    """Make the folder and its mark; done once, by `init`."""
    durable.make_folder(folder)
    if not (folder / MARK).exists():
        durable.write(folder / MARK, b"Kura keeps a facility's exams in this folder.\n")


def fill(home: Home, database: FilingDatabase, on_image: Callable[[Image], None] = lambda image: None) -> int:
    """Copy every filed exam that is not there yet → how many. Safe to stop anywhere and to run again."""
    waiting = catalogue.exams(database, State.FILED)
    for exam in waiting:
        ensure(home, exam, on_image)
        catalogue.move(database, exam.key, State.STORED)
    return len(waiting)


def folder_of(home: Home, exam: Exam) -> Path:
    """Where an exam stands in mass storage."""
    return (
        home.mass_storage
        / folder_name(exam.details.patient_id)
        / f"{exam.details.performed_at:%Y%m%d-%H%M%S}-{exam.key}"
    )


def folder_name(patient_id: str) -> str:
    """A patient's ID as every file system can bear it."""
    name = re.sub(r"[^\w\-+=@]", lambda odd: f"%{ord(odd[0]):02X}", patient_id)[:100]
    return f"{name}_" if RESERVED.fullmatch(name) else name


def path_of(home: Home, exam: Exam, image: Image) -> Path:
    """Where an image stands in mass storage."""
    return folder_of(home, exam) / image.name


def ensure(home: Home, exam: Exam, on_image: Callable[[Image], None] = lambda image: None) -> None:
    """Have one exam whole in mass storage, copying what is missing there. Raises Unavailable, NotFound, Damaged."""
    _require(home.mass_storage)
    folder = folder_of(home, exam)
    durable.make_folder(folder)
    for image in exam.images:
        target, source = folder / image.name, home.filing / exam.key / image.name
        if not (target.is_file() and durable.digest_of(target) == (image.sha256, image.size)):
            if not source.is_file():
                raise NotFound("file_missing", file=source)
            digest, _ = durable.write_chunks(target, durable.chunks_of(source))
            if digest != image.sha256:
                target.unlink()
                raise Damaged(file=source)
        on_image(image)
    store.write_sidecar(folder, exam.key, exam.details, exam.images)


def is_whole(home: Home, exam: Exam) -> bool:
    """Whether every file of the exam stands there in its size; what the bytes are, whoever takes them checks."""
    _require(home.mass_storage)
    folder = folder_of(home, exam)
    return all(durable.has_size(folder / image.name, image.size) for image in exam.images)


def _require(folder: Path) -> None:
    if not (folder / MARK).is_file():
        raise Unavailable("mass_storage_away", folder=folder)
