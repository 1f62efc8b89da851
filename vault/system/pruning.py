"""What may go from a destination: snapshots older than the newest ones that are kept, and packs that none names."""

import shutil
from pathlib import Path

from vault.base.errors import Damaged
from vault.base.faults import Point, point
from vault.system import manifest
from vault.system.destination import VAULT, Destination
from vault.system.files import Entry


def known_packs(target: Destination) -> dict[str, Entry]:
    """Every pack that a whole snapshot names, by its name at the destination; a damaged list names none."""
    found: dict[str, Entry] = {}
    for snapshot_id in target.ids():
        try:
            listed = manifest.entries(target.backend, target.manifest(snapshot_id))
        except Damaged:
            continue
        found |= {one.name: one for one in listed if one.name.startswith(f"{VAULT}/")}
    return found


def prune(target: Destination, keep: int) -> int:
    """
    Remove all but the newest `keep` snapshots, unfinished ones, and packs that none names any more; how many packs.

    A snapshot loses its manifest first, so that none is taken for whole that is not. Nothing is removed while a list
    cannot be read: what it names would go.
    """
    for snapshot_id in target.ids()[:-keep]:
        target.backend.delete(manifest.name_of(snapshot_id))
        point(Point.BACKUP_PRUNED)
    for snapshot_id in target.unfinished():
        shutil.rmtree(target.folder / manifest.FOLDER / snapshot_id, ignore_errors=True)
    named: set[str] = set()
    for snapshot_id in target.ids():
        try:
            named |= {one.name for one in manifest.entries(target.backend, target.manifest(snapshot_id))}
        except Damaged:
            return 0
    gone = [name for name in target.backend.names(f"{VAULT}/") if name not in named]
    for name in gone:
        target.backend.delete(name)
    _remove_empty(target.folder / VAULT)
    return len(gone)


def _remove_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
