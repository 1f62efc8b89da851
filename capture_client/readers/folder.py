"""
Folders of finished images become exams: each folder that holds files is one.

Whose they are is said by exam.json in the folder (as the mass storage writes it), else by the images' own management
data, else by the person. A file that is filed for the patient already is left out, so reading twice files once; the
exam's key follows from its content, so a reading that was cut off goes on in the same exam.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from unicodedata import normalize

from capture_client import clock, durable
from capture_client.camera import still
from capture_client.errors import Invalid, NotFound
from capture_client.filing import catalogue, store
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import TYPES, Details, Exam
from capture_client.settings import Home


@dataclass(frozen=True)
class Given:
    """What the person says about the images; empty parts are looked for in the folder."""

    patient_id: str = ""
    performed_at: datetime | None = None
    kind: str = ""
    note: str = ""
    scope_model: str = ""
    scope_serial: str = ""
    person: str = ""


def batches(paths: Sequence[Path]) -> Iterator[tuple[Path, list[Path]]]:
    """(folder, files) of each exam-to-be; files named singly go together by folder. Raises NotFound."""
    loose: dict[Path, list[Path]] = {}
    for path in paths:
        if path.is_file():
            loose.setdefault(path.parent, []).append(path)
        elif path.is_dir():
            for folder in sorted([path, *(one for one in path.rglob("*") if one.is_dir())]):
                if files := images_in(folder):
                    yield folder, files
        else:
            raise NotFound("file_missing", file=path)
    yield from loose.items()


def images_in(folder: Path) -> list[Path]:
    """Files of a folder that an exam can hold, by name."""
    return sorted(file for file in folder.iterdir() if file.is_file() and file.suffix.lower() in TYPES)


def take(home: Home, database: FilingDatabase, folder: Path, files: Sequence[Path], given: Given) -> Exam | None:
    """File one batch → the exam, None when all of it was filed before. Raises Invalid without a patient."""
    details = described(folder, files, given)
    filed = catalogue.filed_digests(database, details.patient_id)
    fresh = {file: digest for file in files if (digest := durable.digest_of(file)[0]) not in filed}
    if not fresh:
        return None
    copies = list(zip(fresh, _names(fresh), strict=True))
    content = [clock.stamp(details.performed_at), details.patient_id, details.kind]
    content += [f"{name} {fresh[file]}" for file, name in copies]
    key = f"{details.performed_at:%Y%m%dT%H%M%S}-{hashlib.sha256(chr(10).join(content).encode()).hexdigest()[:16]}"
    return store.file_copies(home, database, key, details, copies)


def described(folder: Path, files: Sequence[Path], given: Given) -> Details:
    """Whose images and which exam: the person's word first, then exam.json, then the first image that knows."""
    known = _sidecar(folder / store.SIDECAR) or _management(files)
    patient = given.patient_id or (known.patient_id if known else "")
    if not patient:
        raise Invalid("need_patient", folder=folder)
    base = known or Details(patient, store.taken_at(files[0]))
    said = {name: value for name, value in vars(given).items() if value}
    return replace(base, **said)


def _sidecar(file: Path) -> Details | None:
    if not file.is_file():
        return None
    try:
        said: dict[str, Any] = json.loads(file.read_text("utf-8"))
        scope = said.get("scope") or {}
        return Details(
            str(said["patient_id"]), clock.parse(said["performed_at"]), str(said.get("kind") or Details.kind),
            str(said.get("note") or ""), str(scope.get("model") or ""), str(scope.get("serial") or ""),
            str(said.get("person") or ""),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("bad_sidecar", file=file, problem=repr(error)) from error


def _management(files: Iterable[Path]) -> Details | None:
    for file in files:
        with file.open("rb") as stream:
            data = still.read(stream.read(1 << 17))
        if data:
            return Details(
                data.patient_id, data.performed_at, data.kind, "", data.scope_model, data.scope_serial, data.person
            )
    return None


def _names(files: Iterable[Path]) -> Iterator[str]:
    """NFC names, unlike also where case is ignored; never the sidecar's."""
    taken = {store.SIDECAR}
    for file in files:
        name, number = normalize("NFC", file.name), 1
        while name.casefold() in taken:
            number += 1
            name = normalize("NFC", f"{file.stem}-{number}{file.suffix}")
        taken.add(name.casefold())
        yield name
