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
    exam: Annotated[str, typer.Argument(metavar="EXAM", help="This device's name of it, or the portal's id.")],
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")],
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Bring an exam of the area back, also one that another device backed up."""
    with opened(home) as place:
        images = restoring.restore(place.link, portal_id(place.database, exam), to)
    if json_:
        data({"folder": str(to), "images": [image.described() for image in images]})
    say("restored", images=len(images), folder=to)


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
