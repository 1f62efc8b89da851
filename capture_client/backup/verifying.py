"""`verify`: what a receipt proves, checked without the portal — its signature, its files, its place in the chain."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from capture_client import durable
from capture_client.backup import receipt
from capture_client.errors import Invalid, NotFound
from capture_client.settings import Home

CERTIFICATES = frozenset({"kura-erasure", "kura-restore-drill", "kura-media-disc"})
"""What the portal signs beside receipts: that it erased an area, restored a sample of one, wrote a disc."""
LINES = ".jsonl"


@dataclass(frozen=True)
class Finding:
    """
    What was found about one receipt; `files` says where its files were looked at, None if nowhere, and `gap` the first
    and last sequence of its area's receipts that are missing before it among those given.
    """

    file: Path
    said: receipt.Receipt
    files: Path | None
    gap: tuple[int, int] | None = None
    faults: list[str] = field(default_factory=list)

    def listed(self) -> dict[str, object]:
        """As `verify --json` says it."""
        return {
            "receipt": str(self.file),
            "exam": self.said.get("exam"),
            "sequence": self.said.get("sequence"),
            "images": len(self.said.get("images", ())),
            "key_id": self.said.get("key_id"),
            "files": str(self.files) if self.files else None,
            "kind": self.said.get("kind", "receipt"),
            "gap": list(self.gap) if self.gap else None,
            "holds": not self.faults,
            "faults": self.faults,
        }


def verify(home: Home | None, files: Sequence[Path], keys: receipt.Keys, folder: Path | None) -> list[Finding]:
    """Check receipts; files in `folder` if given, else in the local filing where the exam is there."""
    said = [(file, one) for file in files for one in _read(file)]
    chained = [one for _, one in said if not _is_certificate(one)]
    chain, gaps = receipt.chain_faults(chained), receipt.gaps(chained)
    return [
        Finding(file, one, None, faults=_signature(one, keys))
        if _is_certificate(one)
        else _checked(home, file, one, keys, chain, gaps, folder)
        for file, one in said
    ]


def _is_certificate(said: receipt.Receipt) -> bool:
    """Whether this is the portal's word on something else than that it holds an exam."""
    return said.get("kind") in CERTIFICATES


def _signature(said: receipt.Receipt, keys: receipt.Keys) -> list[str]:
    return [] if receipt.signed_by(said, keys) else ["signature"]


def _checked(
    home: Home | None,
    file: Path,
    said: receipt.Receipt,
    keys: receipt.Keys,
    chain: dict[str, str],
    gaps: dict[tuple[str, int], tuple[int, int]],
    folder: Path | None,
) -> Finding:
    where = folder or _filed(home, file)
    faults = _signature(said, keys)
    if where is not None:
        faults += [f"file {name}" for name in receipt.files_faults(said, where)]
    if fault := chain.get(str(said.get("exam"))):
        faults.append(fault)
    gap = gaps.get((str(said.get("facility")), int(said["sequence"])))
    return Finding(file, said, where, gap, faults)


def _filed(home: Home | None, file: Path) -> Path | None:
    """Where the exam of a receipt lies in this home: receipts are named by the exam's key."""
    folder = home.filing / file.stem if home else None
    return folder if folder is not None and folder.is_dir() else None


def _read(file: Path) -> list[receipt.Receipt]:
    """The receipt of a file, or those of each line, as a disc has them all in one."""
    try:
        content = b"".join(durable.chunks_of(file))
        lines = content.splitlines() if file.suffix == LINES else [content]
        return [_parsed(file, json.loads(line)) for line in lines]
    except FileNotFoundError as error:
        raise NotFound("file_missing", file=file) from error
    except ValueError as error:
        raise Invalid("bad_receipt", file=file, problem=error) from error


def _parsed(file: Path, said: object) -> receipt.Receipt:
    said = said.get("receipt", said) if isinstance(said, dict) else None
    if isinstance(said, dict) and _is_certificate(said):
        return said
    if not isinstance(said, dict) or not isinstance(said.get("sequence"), int) or not _lists(said.get("images")):
        raise Invalid("bad_receipt", file=file, problem="no receipt")
    return said


def _lists(images: object) -> bool:
    """Whether these are file entries with bare names: a forged receipt must not lead out of the folder."""
    return isinstance(images, list) and all(
        isinstance(i, dict) and {"name", "sha256", "size"} <= i.keys() and Path(str(i["name"])).name == i["name"]
        for i in images
    )
