"""`record`, `import`, `watch`, `list`: getting exams in, and what is here."""

import signal
import time
from pathlib import Path
from typing import Annotated

import typer

from capture_client import afterwards, clock
from capture_client.backup import simultaneous
from capture_client.backup.running import Outcome
from capture_client.camera import freeze
from capture_client.commands.opening import (
    HomeOption,
    JsonOption,
    Kind,
    Note,
    Patient,
    Person,
    Place,
    ScopeModel,
    ScopeSerial,
    opened,
)
from capture_client.commands.speaking import complain, data, progress, say, table
from capture_client.errors import Invalid
from capture_client.filing import catalogue, recording
from capture_client.filing.exams import Details, Exam, Image
from capture_client.readers import folder as reader
from capture_client.readers.folder import Given
from capture_client.readers.watching import Watch

LOOK_SECONDS = 2.0


def record(
    source: Annotated[str, typer.Option(help="A capture device's number or path, or a video file.")],
    patient: Patient = "",
    kind: Kind = Details.kind,
    scope_model: ScopeModel = "",
    scope_serial: ScopeSerial = "",
    note: Note = "",
    person: Person = "",
    performed_at: Annotated[str, typer.Option(help="When the exam began, if not now (ISO 8601).")] = "",
    freeze_frames: Annotated[int, typer.Option(help="So many equal frames are a press of the freeze button.")] = 8,
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Record an exam: each frozen picture becomes a still, until the source ends or Ctrl-C."""
    if not patient:
        raise Invalid("usage", problem="record needs --patient ID")
    began = clock.parse(performed_at) if performed_at else clock.now()
    details = Details(patient, began, kind, note, scope_model, scope_serial, person)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with opened(home) as place:
        with simultaneous.following(place.home) as follower:

            def on_still(key: str, image: Image) -> None:
                say("still_filed", name=image.name)
                follower.saved(key)

            rule = freeze.Rule(frames=freeze_frames)
            exam = recording.record(place.home, place.database, source, details, rule, on_still)
        if exam is None:
            raise Invalid("nothing_recorded")
        _finished(place, [exam], json_)


def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Folders (an exam each) or files.")],
    patient: Patient = "",
    kind: Kind = "",
    scope_model: ScopeModel = "",
    scope_serial: ScopeSerial = "",
    note: Note = "",
    person: Person = "",
    performed_at: Annotated[str, typer.Option(help="When the exam was (ISO 8601), if the folder does not say.")] = "",
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """File finished images: a folder is an exam; what was filed before is left out."""
    at = clock.parse(performed_at) if performed_at else None
    given = Given(patient, at, kind, note, scope_model, scope_serial, person)
    batches = list(reader.batches(paths))
    if not batches:
        raise Invalid("no_images", path=", ".join(map(str, paths)))
    with opened(home) as place:
        taken = [reader.take(place.home, place.database, folder, files, given) for folder, files in batches]
        _finished(place, [exam for exam in taken if exam], json_)


def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that others write exams into.")],
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Watch a folder and file each exam that has settled in it, until Ctrl-C."""
    if not folder.is_dir():
        raise Invalid("file_missing", file=folder)
    with opened(home) as place:
        watching = Watch(place.home, place.database, folder)
        say("watching", folder=folder)
        while True:
            if exams := list(watching.look(complain)):
                _finished(place, exams, json_)
            if once:
                return
            time.sleep(LOOK_SECONDS)


def list_(json_: JsonOption = False, home: HomeOption = None) -> None:
    """The exams filed here, oldest first, and how far each has come."""
    with opened(home) as place:
        rows = [exam.listed() for exam in catalogue.exams(place.database)]
    if json_:
        data({"items": rows})
        return
    columns = ("exam", "patient_id", "performed_at", "kind", "images", "state", "refusal")
    table(columns, [[row[column] for column in columns] for row in rows])


def _finished(place: Place, exams: list[Exam], json_: bool) -> None:
    """Tell what was filed, and carry out what is due after an exam."""
    for exam in exams:
        say("exam_filed", exam=exam.key, images=len(exam.images))
    outcome = _afterwards(place) if exams else None
    if outcome and outcome.exams:
        say("backup_done", exams=len(outcome.exams), images=outcome.images)
    if outcome and outcome.refused:
        say("backup_refused", exams=len(outcome.refused))
    if json_:
        data({"items": [_told(place, exam) for exam in exams]})


def _afterwards(place: Place) -> Outcome | None:
    with progress("backup") as (begin, more):
        return afterwards.exam_filed(place.home, place.database, place.link, complain, begin, more)


def _told(place: Place, exam: Exam) -> dict[str, object]:
    """The exam as it stands now, with its receipt's file once there is one."""
    file = place.home.receipts / f"{exam.key}.json"
    return {**catalogue.find(place.database, exam.key).listed(), "receipt": str(file) if file.exists() else None}
