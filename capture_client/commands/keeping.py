"""`backup`, `restore`, `verify`: to the portal, back from it, and the proof of what it holds."""

from pathlib import Path
from typing import Annotated

import typer

from capture_client.backup import receipt, restoring, running, verifying
from capture_client.commands.opening import HomeOption, JsonOption, opened
from capture_client.commands.speaking import data, progress, say, table
from capture_client.errors import CaptureError, Damaged, Invalid, NotFound
from capture_client.settings import Home
from capture_client.terminal.requests import portal_id


def backup(
    trigger: Annotated[str, typer.Option(help="What started it, as the portal will list it.")] = running.ON_DEMAND,
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Back up what is new, now; goes on where a cut or a kill left it."""
    with opened(home) as place, progress("backup") as (begin, more):
        outcome = running.backup(place.home, place.database, place.link, trigger, on_begin=begin, on_bytes=more)
    if json_:
        data(vars(outcome))
    if outcome.exams:
        say("backup_done", exams=len(outcome.exams), images=outcome.images)
    elif not outcome.refused:
        say("backup_nothing")
    if outcome.left_out:
        say("backup_opted_out", exams=outcome.left_out)
    if outcome.refused:
        raise CaptureError("backup_refused", exams=len(outcome.refused))


def restore(
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")],
    exam: Annotated[
        str | None, typer.Argument(metavar="EXAM", help="This device's name of it, or the portal's id.")
    ] = None,
    patient: Annotated[str, typer.Option(help="Every exam of the patient with this ID.")] = "",
    everything: Annotated[bool, typer.Option("--everything", help="Every exam that the area holds.")] = False,
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Bring one exam of the area back, a patient's, or all of it; also what another device backed up."""
    if sum((exam is not None, bool(patient), everything)) != 1:
        raise typer.BadParameter("EXAM, --patient or --everything: one of them")
    if exam is None:
        _restore_several(home, to, patient, json_=json_)
        return
    with opened(home) as place:
        keys = receipt.pinned(place.home.receipt_keys)
        images = restoring.restore(place.link, keys, portal_id(place.database, exam), to)
    if json_:
        data({"folder": str(to), "images": [image.described() for image in images]})
    say("restored", images=len(images), folder=to)


def _restore_several(home: Path | None, to: Path, patient: str, *, json_: bool) -> None:
    with opened(home) as place, progress("restore") as (begin, more):
        keys = receipt.pinned(place.home.receipt_keys)
        exams = restoring.held(place.link, to, patient)
        begin(sum(exam.size for exam in exams))
        images = restoring.restore_all(place.link, keys, exams, place.home.settings.backup.connections, more)
    if json_:
        data({"folder": str(to), "exams": [str(exam.folder) for exam in exams], "images": images})
    say("restored_several", exams=len(exams), images=images, folder=to)


def verify(
    receipts: Annotated[
        list[Path] | None, typer.Argument(metavar="RECEIPT…", help="All of this home when none.")
    ] = None,
    files: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the receipt's files are.")] = None,
    keys: Annotated[Path | None, typer.Option(metavar="FILE", help="The pinned keys, if not this home's.")] = None,
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Prove without the portal what it holds: signatures, files, and the chain among these receipts."""
    place = _home(home, needed=keys is None or not receipts)
    chosen = receipts or sorted(place.receipts.glob("*.json")) if place else receipts or []
    if not chosen:
        raise NotFound("no_receipts")
    pinned = receipt.pinned(keys or (place.receipt_keys if place else Path()))
    found = verifying.verify(place, chosen, pinned, files)
    if json_:
        data({"items": [finding.listed() for finding in found]})
    else:
        shown = [
            (
                f.file.name,
                f.said.get("sequence"),
                len(f.said.get("images", ())),
                ", ".join(f.faults) or "holds",
                "{}–{}".format(*f.gap) if f.gap else "",
            )
            for f in found
        ]
        table(("receipt", "sequence", "images", "finding", "missing before it"), shown)
    if wrong := sum(bool(finding.faults) for finding in found):
        raise Damaged("verify_failed", count=wrong)


def _home(folder: Path | None, *, needed: bool) -> Home | None:
    """A receipt can be checked where there is no home, if the keys are given."""
    try:
        return Home.open(folder)
    except (NotFound, Invalid):
        if needed:
            raise
        return None
