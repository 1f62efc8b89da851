"""`media verify` and `media open`: copies on discs, read back and opened without the portal."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from capture_client.backup import receipt
from capture_client.commands.opening import HomeOption, JsonOption
from capture_client.commands.speaking import data, progress, say, table
from capture_client.errors import Damaged, Invalid, NotFound
from capture_client.media import checking, discs, opening, sets
from capture_client.media.sets import Labelled
from capture_client.settings import Home

VARIABLE = "KURA_CAPTURE_PASSPHRASE"
Paths = Annotated[
    list[Path], typer.Argument(metavar="DISC…", help="Images (.iso), discs in a drive, or folders of them.")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help=f"The passphrase of an encrypted copy. Else {VARIABLE}."),
]

app = typer.Typer(name="media", help="Copies on discs: check them, open them.", rich_markup_mode=None)


@app.command("verify")
def verify(
    paths: Paths,
    passphrase_file: PassphraseFile = None,
    keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The pinned keys, if not this home's or the first disc's.")
    ] = None,
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Read discs back: what is damaged or missing, by name, across all discs of a copy."""
    with _given(paths, _passphrase(passphrase_file)) as copies, progress("verify") as (_, more):
        pinned = _keys(keys, home)
        found = [checking.checked(set_id, labelled, pinned, more) for set_id, labelled in copies.items()]
    if json_:
        data({"items": [report.listed() for report in found]})
    else:
        rows = [(fault.disc or "", fault.path, fault.name, fault.what) for one in found for fault in one.faults]
        if rows:
            table(("disc", "file", "name", "fault"), rows)
    for one in found:
        say("media_read", discs=len(one.given), of=one.discs, files=one.files, exams=one.exams)
        if one.left_out:
            say("media_left_out", count=one.left_out)
        if not one.proved:
            say("media_not_proved")
    if wrong := sum(len(one.faults) for one in found):
        raise Damaged("media_failed", count=wrong)


@app.command("open")
def open_(
    paths: Paths,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go: a folder for each disc.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write everything that is on discs to a folder: decrypted, and put together where it comes in parts."""
    with _given(paths, _passphrase(passphrase_file), needed=True) as copies, progress("open") as (_, more):
        if len(copies) > 1:
            raise Invalid("several_copies", count=len(copies))
        (labelled,) = copies.values()
        written, broken = opening.open_to(labelled, to, more)
    say("media_opened", files=written, folder=to)
    if broken:
        raise Damaged("media_not_whole", count=len(broken), names=", ".join(broken))


@contextmanager
def _given(paths: list[Path], passphrase: str, *, needed: bool = False) -> Iterator[dict[str, list[Labelled]]]:
    with discs.given(paths) as found:
        labelled = [sets.labelled(one, passphrase) for one in found]
        if needed and not all(one.is_readable for one in labelled):
            typed = _asked()
            labelled = [sets.labelled(one, typed) for one in found]
        for one in labelled:
            sets.check_passphrase(one)
        yield sets.by_set(labelled)


def _passphrase(file: Path | None) -> str:
    if file is None:
        return os.environ.get(VARIABLE, "")
    if not file.is_file():
        raise NotFound("file_missing", file=file)
    return file.read_text("utf-8").strip()


def _asked() -> str:
    """What a person types; where nobody is there, what is missing is said."""
    if not sys.stdin.isatty():
        raise Invalid("passphrase_needed")
    return str(typer.prompt("Passphrase", hide_input=True, err=True))


def _keys(file: Path | None, home: Path | None) -> receipt.Keys:
    """The pinned ones; none where there is no home, so that the first disc's own have to do."""
    if file is not None:
        return receipt.pinned(file)
    try:
        return receipt.pinned(Home.open(home).receipt_keys)
    except (NotFound, Invalid):
        return {}
