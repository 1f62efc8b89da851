"""
The installation backed up while it serves.

First the lease, so that nothing is deleted; then the database at one moment; then every pack that it names, which never
change; then the keys, to a place of their own; and last the manifest. Killed anywhere, what was whole before still is.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock, ids
from vault.base.database import Database
from vault.base.errors import Conflict, Damaged, Invalid
from vault.base.faults import Point, point
from vault.base.scope import Scope
from vault.base.wrapping import Wrapped
from vault.intake.models import ReceiptKey
from vault.intake.signing import SigningKeys
from vault.store import areas, leases, places
from vault.store.backends import Missing
from vault.store.packs import Area
from vault.store.store import Store
from vault.system import destination, dump, keysfile, manifest, packs, pruning, sealed
from vault.system.destination import Destination
from vault.system.files import Entry, copy, measured
from vault.system.manifest import Manifest
from vault.system.packs import Copied, Wanted

Progress = Callable[[str, int, int], None]
STAGING, LOCK = "backup.new", "backup.lock"


@dataclass(frozen=True)
class Home:
    """What is backed up: an installation's parts. `extra` are folders of HOME that no row can bring back, by name."""

    folder: Path
    settings_file: Path
    keys_folder: Path
    database: Database
    store: Store
    extra: Mapping[str, Path]


@dataclass
class Made:
    """A finished backup: the packs and bytes that its snapshot names, what of that was copied now, what was missing."""

    id: str
    place: str
    packs: int = 0
    size: int = 0
    copied: int = 0
    copied_bytes: int = 0
    removed: int = 0
    lost: list[str] = field(default_factory=list)
    keys: str = ""

    def count(self, copied: Copied, entries: list[Entry]) -> None:
        """Take in what was done with the packs, and all files of the snapshot."""
        self.packs, self.size, self.lost = len(copied.entries), sum(one.size for one in entries), copied.lost
        self.copied, self.copied_bytes = len(copied.now), sum(one.size for one in copied.now)

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def quiet(what: str, done: int, total: int) -> None:
    """Progress for nobody."""


def make(
    home: Home, to: Path, keys_to: Path | None, keep: int, progress: Progress = quiet, *, anew: bool = False
) -> Made:
    """
    Make a backup in the folder `to`, keep the newest `keep` there, and write the keys to the file `keys_to`, if any.

    Raises Invalid for a place inside HOME or keys beside the data, Conflict where another backup runs, Unavailable
    where a disk is full, cannot be written or a program is missing. Packs that are missing are told in `lost`. A place
    from which the last backup has gone is refused (`destination_emptied`) unless it is to begin `anew`: most likely the
    disk is not mounted.
    """
    _check_places(home, to, keys_to)
    if not anew:
        _check_mounted(home, to)
    mine = destination.alone(home.folder / LOCK, "backup_runs")
    with destination.told(to), mine, destination.opened(to) as target, leases.taken(home.database) as lease:
        point(Point.BACKUP_LEASED)
        _check_owner(home, target)
        made = Made(ids.new_after(max([*target.ids(), *target.unfinished()], default="")), str(to))
        area, wrapped = manifest.new_key(home.store.keys, made.id)
        snapshot, entries, wanted = _snapshot(home, target, area, wrapped, progress)
        copied = packs.copy_all(home.store.backend, target, wanted, made.id, progress)
        entries += copied.entries
        if keys_to is not None:
            keysfile.write(keys_to, home.keys_folder, home.settings_file)
            made.keys = str(keys_to)
        lease.renew()
        _finish(target, area, replace(snapshot, lost=tuple(copied.lost)), entries)
        made.count(copied, entries)
        made.removed = pruning.prune(target, keep)
        with home.database.transaction() as session:
            lease.note_whole(session, str(to.resolve()))
            audit.record(session, Scope.system(), "system.backed_up", items=[f"backup:{made.id}"])
    return made


def installation_of(session: Session, signing: SigningKeys) -> str:
    """What tells an installation from every other, also once it was restored: its first key for receipts."""
    known: set[str] = {*session.scalars(select(ReceiptKey.key_id)), *signing.known}
    return min(known)


def _check_places(home: Home, to: Path, keys_to: Path | None) -> None:
    inside, place = home.folder.resolve(), to.resolve()
    if place == inside or inside in place.parents or place in inside.parents:
        raise Invalid("destination_in_home", field="destination", place=str(to), home=str(home.folder))
    if keys_to is not None and {place, inside} & {keys_to.resolve(), *keys_to.resolve().parents}:
        raise Invalid("keys_beside_data", field="keys", file=str(keys_to))


def _check_mounted(home: Home, to: Path) -> None:
    with home.database.read() as session:
        last = leases.last_place(session)
    if last == str(to.resolve()) and not any(to.glob(f"{manifest.FOLDER}/*/manifest.json")):
        raise Conflict("destination_emptied", place=str(to))


def _check_owner(home: Home, target: Destination) -> None:
    """A place holds the backups of one installation: another's would be taken for older ones of this."""
    with home.database.read() as session:
        mine = installation_of(session, SigningKeys.load(home.keys_folder))
    for snapshot_id in target.ids():
        try:
            theirs = target.manifest(snapshot_id).installation
        except Damaged:  # `kura backup --verify` names it; it keeps nobody from making a sound one
            continue
        if theirs != mine:
            raise Invalid("another_installation", field="destination", place=str(target.folder))


def _snapshot(
    home: Home, target: Destination, area: Area, wrapped: Wrapped, progress: Progress
) -> tuple[Manifest, list[Entry], Wanted]:
    """The database at one moment, encrypted: what the manifest says so far, the files, and the packs that are named."""
    snapshot_id = area.facility_id
    with dump.view(home.database) as view:
        wanted = Wanted(view.packs(), view.healed())
        living = view.areas(wanted.packs)
        made_at, schema, engine = clock.now(), view.schema(), view.engine
        with view.dump(home.folder / STAGING, lambda done, total: progress("database", done, total)) as stream:
            inside = sealed.write(target.snapshots, area, stream, home.extra, home.folder)
    point(Point.BACKUP_DUMPED)
    with home.database.read() as session:
        installation = installation_of(session, SigningKeys.load(home.keys_folder))
    entries = [measured(target.backend, one) for one in target.backend.names(f"{manifest.FOLDER}/{snapshot_id}/packs/")]
    entries += _small_files(home, target, snapshot_id, living)
    made = Manifest(
        id=snapshot_id,
        made_at=made_at.isoformat(),
        installation=installation,
        schema=schema,
        engine=engine,
        key_id=wrapped.key_id,
        key=wrapped.sealed.hex(),
        inside=inside,
    )
    return made, entries, wanted


def _small_files(home: Home, target: Destination, snapshot_id: str, living: list[str]) -> list[Entry]:
    """The vault's marker, which a restored one carries on, and the wrapped key of each area."""
    names = {areas.file_of(area): f"{manifest.FOLDER}/{snapshot_id}/areas/{area}.key" for area in living}
    names[places.MARKER] = f"{manifest.FOLDER}/{snapshot_id}/{places.MARKER}"
    found = []
    for name, to in names.items():
        try:
            found.append(copy(home.store.backend, name, target.backend, to))
        except Missing:
            continue
    return found


def _finish(target: Destination, area: Area, snapshot: Manifest, entries: list[Entry]) -> None:
    """List, then manifest: from its renaming on the snapshot is whole."""
    listed = manifest.list_of(entries)
    target.backend.replace(manifest.list_name(snapshot.id), listed)
    point(Point.BACKUP_LISTED)
    whole = replace(
        snapshot,
        listed=hashlib.sha256(listed).hexdigest(),
        files=len(entries),
        size=sum(one.size for one in entries),
    )
    target.backend.replace(manifest.name_of(snapshot.id), manifest.sealed(area, whole))
    point(Point.BACKUP_WHOLE)
    target.forget_journal()
