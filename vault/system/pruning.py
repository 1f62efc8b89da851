"""What may go from a destination: snapshots older than the newest ones that are kept, and packs that none names."""

import shutil
from pathlib import Path

from vault.base.errors import Damaged
from vault.base.faults import Point, point
from vault.system import manifest
from vault.system.destination import VAULT, Destination


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
