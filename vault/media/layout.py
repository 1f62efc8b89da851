"""Names on a disc: the same in ISO 9660 and in UDF but for their case, and saying nothing of any patient."""

import re

from vault.media.packing import Unit

SUMS, DISC, README, INDEX = "sha256.txt", "disc.json", "readme.txt", "index.html"
CONTENTS, RECEIPTS, KEYS = "contents.jsonl", "receipts.jsonl", "keys.json"
EXAMS, FILES = "exams", "files"
SEALED = "enc"
_ENDING = re.compile(r"[a-z0-9]{1,5}")
CLEAR = frozenset({SUMS, DISC, README})
"""What is never encrypted: it says what the disc is, and nothing of what is on it."""


def exam_folder(place: int) -> str:
    """The folder of an exam, by its place in the set."""
    return f"{EXAMS}/e{place:06d}"


def image_path(place: int, name: str, unit: Unit) -> str:
    """Where (a part of) an image of an exam lies."""
    return f"{exam_folder(place)}/{_parted(f'i{unit.content + 1:05d}', name, unit)}"


def file_path(place: int, name: str, unit: Unit) -> str:
    """Where (a part of) a file of the drive lies."""
    return f"{FILES}/{_parted(f'f{place:06d}', name, unit)}"


def sealed_path(path: str) -> str:
    """The name of a file once it is encrypted: `index.html` is `index_html.enc`."""
    return path if path in CLEAR else f"{path.replace('.', '_')}.{SEALED}"


def iso_path(path: str) -> str:
    """The ISO 9660 name of a file."""
    return f"/{path.upper()};1"


def iso_folder(path: str) -> str:
    """The ISO 9660 name of a folder."""
    return f"/{path.upper()}"


def _parted(stem: str, name: str, unit: Unit) -> str:
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    ending = ending if _ENDING.fullmatch(ending) else "bin"
    return f"{stem}.{ending}" if unit.parts == 1 else f"{stem}_{ending}.{unit.part:03d}"
