"""A backup read to its last byte: every file that is damaged or missing, by name."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vault.base.errors import Damaged, Invalid
from vault.base.wrapping import KeyService
from vault.store.backends import Missing
from vault.system import destination, manifest
from vault.system.destination import Destination
from vault.system.files import Entry, is_whole

Progress = Callable[[str, int, int], None]


@dataclass
class Verified:
    """What was read of how many snapshots, and the names of what is not as it was written."""

    snapshots: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    files: int = 0
    size: int = 0
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    sealed: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether everything that was backed up is there."""
        return not (self.damaged or self.missing)

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "whole": self.is_whole}


def verify(
    place: Path, keys: KeyService | None = None, progress: Progress = lambda what, done, total: None
) -> Verified:
    """
    Read every whole snapshot in the folder `place`; with `keys` also prove that no manifest was altered.

    Raises Invalid where there is no backup, or the keys are another installation's. `lost` names packs that were
    missing already when the newest backup was made.
    """
    with destination.told(place):
        target = destination.existing(place)
        found = Verified(target.ids(), target.unfinished(), sealed=keys is not None)
        entries = _named(target, keys, found)
        for done, entry in enumerate(entries):
            progress("files", done, len(entries))
            _look(target, entry, found)
    return found


def _named(target: Destination, keys: KeyService | None, found: Verified) -> list[Entry]:
    """Every file that a snapshot names, once."""
    entries: dict[str, Entry] = {}
    for snapshot_id in target.ids():
        try:
            one = target.manifest(snapshot_id)
            if keys is not None:
                manifest.area_of(keys, one)
            entries |= {entry.name: entry for entry in manifest.entries(target.backend, one)}
        except Damaged as problem:
            found.damaged.append(str(problem.values["name"]))
            continue
        found.lost = list(one.lost)
    if not target.ids():
        raise Invalid("not_a_backup", field="source", place=str(target.folder))
    return [entries[name] for name in sorted(entries)]


def _look(target: Destination, entry: Entry, found: Verified) -> None:
    try:
        whole = is_whole(target.backend, entry)
    except Missing:
        found.missing.append(entry.name)
        return
    except OSError:  # a disk that gives no bytes of it
        whole = False
    found.files, found.size = found.files + 1, found.size + entry.size
    if not whole:
        found.damaged.append(entry.name)
