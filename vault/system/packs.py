"""The packs of a snapshot on their way to the destination: copied once, and again only where healed since."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from vault.base.errors import Damaged
from vault.base.faults import Point, point
from vault.store.backends import Backend, Missing
from vault.store.packs import name_of
from vault.system import manifest
from vault.system.destination import VAULT, Destination, pack_name, vault_name
from vault.system.files import Entry, copy

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Wanted:
    """(area, pack) of each pack that the database names, and when its bytes were last healed, if ever."""

    packs: list[tuple[str, str]]
    healed: Mapping[tuple[str, str], datetime]


@dataclass(frozen=True)
class Copied:
    """The packs at the destination, those of them that were copied now, and by name those that the vault lacks."""

    entries: list[Entry]
    now: list[Entry]
    lost: list[str]


@dataclass(frozen=True)
class Known:
    """A pack at the destination, and when its bytes were last known to be those in the vault."""

    entry: Entry
    since: datetime


def known_packs(target: Destination) -> dict[str, Known]:
    """The newest copy of each pack that a whole snapshot names, by its name in the vault; a damaged list names none."""
    found: dict[str, Known] = {}
    for snapshot_id in target.ids():
        try:
            snapshot = target.manifest(snapshot_id)
            listed = manifest.entries(target.backend, snapshot)
        except Damaged:
            continue
        packs = [one for one in listed if one.name.startswith(f"{VAULT}/")]
        found |= {vault_name(one.name): Known(one, snapshot.made) for one in packs}
    return found


def copy_all(source: Backend, target: Destination, wanted: Wanted, snapshot_id: str, progress: Progress) -> Copied:
    """Bring every pack to the destination, durably; what is there already by name and size is not read again."""
    known, journal, found = known_packs(target), target.journal(), Copied([], [], [])
    for done, (area, pack) in enumerate(wanted.packs):
        progress("packs", done, len(wanted.packs))
        name, healed = name_of(area, pack), wanted.healed.get((area, pack))
        to, there = _reusable(name, healed, known.get(name), journal, snapshot_id)
        if there is None or not target.holds(there):
            try:
                there = copy(source, name, target.backend, to)
            except Missing:
                found.lost.append(name)
                continue
            target.note(there)
            found.now.append(there)
            point(Point.BACKUP_COPIED)
        found.entries.append(there)
    return found


def _reusable(
    name: str, healed: datetime | None, before: Known | None, journal: Mapping[str, Entry], snapshot_id: str
) -> tuple[str, Entry | None]:
    """Where the pack belongs at the destination, and the copy that is there of the bytes that it has now, if any."""
    if before is None:
        return pack_name(name), journal.get(pack_name(name)) if healed is None else None
    if healed is None or healed <= before.since:
        return before.entry.name, before.entry
    return pack_name(name, snapshot_id), None
