"""
A HOME made from a backup: keys, packs and database, each proved by its digest before it counts.

While it is under way HOME holds a marker with which nothing opens it; the same call goes on where it was cut.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from vault.base.database import Database
from vault.base.errors import AppError, Conflict
from vault.base.faults import Point, point
from vault.store import areas, places, scan, service
from vault.store.backends import Backend, Missing
from vault.store.backends.disk import DiskBackend
from vault.store.keys import KeyRing
from vault.store.models import PackRow
from vault.store.packs import name_of
from vault.store.store import Store
from vault.system import dump, manifest, postgresql, sealed, settling
from vault.system.destination import VAULT, Destination, vault_name
from vault.system.files import Entry, copy, is_whole
from vault.system.manifest import Manifest
from vault.tenancy.models import Facility

MARKER, CLAIMED = "restoring.json", "restoring.database"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Snapshot:
    """A snapshot to restore from, its seal proved."""

    target: Destination
    manifest: Manifest
    keys: KeyRing

    @property
    def entries(self) -> list[Entry]:
        """Every file of it."""
        return manifest.entries(self.target.backend, self.manifest)


@dataclass
class Restored:
    """What a restore brought back, and by name what it could not."""

    backup: str
    made_at: str
    packs: int = 0
    size: int = 0
    gap: int = 0
    adopted: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether everything came back."""
        return not (self.damaged or self.missing or self.lost)

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "whole": self.is_whole}


def chosen(target: Destination, keys: KeyRing, snapshot_id: str | None) -> Snapshot:
    """The snapshot of that id, or the newest; Invalid (`wrong_keys`) where these keys do not open it."""
    found = target.manifest(snapshot_id or target.ids()[-1])
    manifest.area_of(keys, found)
    return Snapshot(target, found, keys)


def begin(home: Path, snapshot: Snapshot) -> str:
    """
    Mark HOME as being restored; the restore's id, the same where it is gone on with.

    Conflict (`home_exists`) where HOME holds anything else.
    """
    marker = home / MARKER
    if marker.exists():
        content = json.loads(marker.read_text(encoding="utf-8"))
        if content["backup"] != snapshot.manifest.id:
            raise Conflict("home_exists", home=str(home))
        return str(content["restore"])
    if home.exists() and any(home.iterdir()):
        raise Conflict("home_exists", home=str(home))
    restore_id = settling.new_restore()
    content = {"version": 1, "backup": snapshot.manifest.id, "restore": restore_id}
    DiskBackend(home).keep(MARKER, json.dumps(content).encode())
    point(Point.RESTORE_BEGUN)
    return restore_id


def packs(snapshot: Snapshot, store: Store, found: Restored, progress: Progress) -> None:
    """Packs, wrapped keys and the vault's marker into the backend; what is damaged or missing is told in `found`."""
    entries = snapshot.entries
    for done, entry in enumerate(entries):
        progress("files", done, len(entries))
        to = _place(snapshot.manifest, entry.name)
        if to is None:
            continue
        try:
            if not _put(snapshot.target.backend, entry, store.backend, to):
                found.damaged.append(entry.name)
        except Missing:
            found.missing.append(entry.name)
            continue
        found.packs += entry.name.startswith(f"{VAULT}/")
        found.size += entry.size
        point(Point.RESTORE_COPIED)
    found.lost = list(snapshot.manifest.lost)


def claim(snapshot: Snapshot, home: Path, database: Database) -> None:
    """
    Note that the database was empty when this restore began, so that what is in it later came of it.

    Conflict: `other_engine` where the backup is of another one, `database_not_empty`.
    """
    engine = database.engine.dialect.name
    if engine != snapshot.manifest.engine:
        raise Conflict("other_engine", engine=snapshot.manifest.engine)
    if (home / CLAIMED).exists():
        return
    path = Path(str(database.engine.url.database))
    if path.exists() if engine == dump.SQLITE else not dump.is_empty(database):
        raise Conflict("database_not_empty")
    DiskBackend(home).keep(CLAIMED, b"")


def load(snapshot: Snapshot, home: Path, database: Database) -> None:
    """Fill the claimed database; where this restore had filled it already, nothing."""
    area = manifest.area_of(snapshot.keys, snapshot.manifest)
    engine = database.engine.dialect.name
    plain = sealed.read(snapshot.target.snapshots, area, snapshot.manifest, sealed.DATABASE)
    if engine == dump.SQLITE:
        _load_file(plain, Path(str(database.engine.url.database)))
    elif dump.is_empty(database):
        postgresql.load(database.url, plain)
    sealed.unpack_extra(sealed.read(snapshot.target.snapshots, area, snapshot.manifest, sealed.EXTRA), home)
    point(Point.RESTORE_LOADED)


def settle(snapshot: Snapshot, database: Database, store: Store, restore_id: str, found: Restored) -> None:
    """Make the database fit to be worked on, and take in what the vault holds beyond it."""
    gone = [_pack_of(name) for name in (*found.missing, *found.damaged, *found.lost) if name.endswith(".pack")]
    with database.transaction() as session:
        settled = settling.settle(session, snapshot.manifest, restore_id)
        found.gap = settled.gap if settled else 0
        settling.report_lost(session, [one for one in gone if one is not None])
    point(Point.RESTORE_SETTLED)
    for area_id in sorted({name.split("/", 1)[0] for name in store.backend.names("") if "/packs/" in name}):
        _adopt(database, store, area_id, found)


def finish(home: Path) -> None:
    """HOME can be opened from now on."""
    DiskBackend(home).delete(CLAIMED)
    DiskBackend(home).delete(MARKER)


def _adopt(database: Database, store: Store, area_id: str, found: Restored) -> None:
    """Packs of the vault that are newer than the backup: it was not lost with the database."""
    there = set(scan.packs(store.backend, area_id))
    with database.read() as session:
        known = set(session.scalars(select(PackRow.pack).where(PackRow.facility_id == area_id)))
        facility = session.scalar(select(Facility.id).where(Facility.id == area_id))
    try:
        with database.transaction() as session:
            # By the file beside the packs, where the area was first used after the backup.
            area = store.ensure_area(session, area_id) if facility and there - known else None
    except AppError:  # erased, or its key is lost
        area = None
    if area is None:
        found.unknown += sorted(name_of(area_id, pack) for pack in there - known)
        return
    for pack in sorted(there - known):
        stored = scan.entries(store.backend, area, pack)
        with database.transaction() as session:
            service.adopt(session, area_id, stored)
        found.adopted.append(area.pack_name(pack))


def _put(source: Backend, entry: Entry, target: Backend, to: str) -> bool:
    """
    Copy a file of the backup unless it is there; whether it is what was backed up.

    A damaged pack is put all the same: each blob in it proves itself, and most may be whole. One that stands in the
    vault already, as it was not lost with the database, is not exchanged for a damaged one.
    """
    wanted = Entry(to, entry.size, entry.sha256)
    try:
        if is_whole(target, wanted):
            return True
        if not is_whole(source, entry):
            return False
    except Missing:
        pass
    return copy(source, entry.name, target, to) == wanted


def _place(of: Manifest, name: str) -> str | None:
    """Where a file of the backup belongs in the vault; None for what is the snapshot's own."""
    if name.startswith(f"{VAULT}/"):
        return vault_name(name)
    if name == f"{of.folder}/{places.MARKER}":
        return places.MARKER
    area = name.removeprefix(f"{of.folder}/areas/")
    return areas.file_of(area.removesuffix(".key")) if area != name else None


def _pack_of(name: str) -> tuple[str, str] | None:
    """(area, pack) of a pack's name, at the destination or in the vault; None for what is the snapshot's own."""
    if name.startswith(manifest.FOLDER):
        return None
    parts = vault_name(name).split("/")
    return parts[0], parts[-1].removesuffix(".pack")


def _load_file(plain: Iterator[bytes], path: Path) -> None:
    """The whole file under another name, checked, then renamed: half a database never has the database's name."""
    if path.exists():
        return
    folder, aside = DiskBackend(path.parent), path.with_name(f"{path.name}.new")
    folder.delete(aside.name)
    sink = folder.create(aside.name)
    try:
        for piece in plain:
            sink.write([piece])
        sink.seal()
    except BaseException:
        sink.discard()
        raise
    dump.check_sqlite(aside)
    aside.replace(path)
