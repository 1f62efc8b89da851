"""
A folder that holds backups: snapshots beside each other, and the packs that they share.

    lock                       held by the backup that is being made
    vault/AREA/packs/C/P.pack  packs, each of them once, however many snapshots name it
    snapshots/ID/manifest.json what makes the snapshot whole; files.jsonl beside it lists every file
    snapshots/ID/packs/…       the database and files of HOME, encrypted as in an area of its own
    snapshots/ID/areas/AREA.key
    copied.jsonl               what an unfinished backup has copied, so that the next one need not
"""

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from vault.base.errors import Conflict, Invalid, Unavailable
from vault.store.backends import Missing
from vault.store.backends.disk import DiskBackend
from vault.system import manifest as manifests
from vault.system.files import Entry
from vault.system.manifest import FOLDER, Manifest

VAULT = "vault"
_LOCK, _JOURNAL = "lock", "copied.jsonl"
_FULL = {errno.ENOSPC: "backup_disk_full", errno.EDQUOT: "backup_disk_full"}
_NO_WRITING = dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "backup_not_writable")


def pack_name(name: str, healed_in: str = "") -> str:
    """
    Where a pack of the vault lies at the destination. One that was healed after it had been copied is kept beside the
    older copy, which older snapshots name by its digest: under the id of the snapshot for which it was copied again.
    """
    stem = name.removesuffix(".pack")
    return f"{VAULT}/{stem}.{healed_in}.pack" if healed_in else f"{VAULT}/{name}"


def vault_name(name: str) -> str:
    """The name in the vault of a pack at the destination."""
    folder, _, file = name.removeprefix(f"{VAULT}/").rpartition("/")
    return f"{folder}/{file.split('.', 1)[0]}.pack"


class Destination:
    """The folder, opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.backend = DiskBackend(folder)
        self.snapshots = DiskBackend(folder / FOLDER)

    def ids(self) -> list[str]:
        """Ids of the snapshots that are whole, the oldest first."""
        found = self.folder.glob(f"{FOLDER}/*/manifest.json")
        return sorted(path.parent.name for path in found)

    def unfinished(self) -> list[str]:
        """Ids of the snapshots that were begun and never became whole."""
        return sorted({path.name for path in self.folder.glob(f"{FOLDER}/*") if path.is_dir()} - set(self.ids()))

    def manifest(self, snapshot_id: str) -> Manifest:
        """The manifest of a snapshot; raises as `manifest.load`, Invalid (`no_snapshot`) where there is none."""
        if snapshot_id not in self.ids():
            raise Invalid("no_snapshot", field="snapshot", id=snapshot_id, known=self.ids())
        return manifests.load(self.backend, snapshot_id)

    def journal(self) -> dict[str, Entry]:
        """What the backup that was cut short had copied, by name; a line that was being written counts for nothing."""
        found: dict[str, Entry] = {}
        path = self.folder / _JOURNAL
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                one = Entry(**json.loads(line))
            except (ValueError, TypeError):
                continue
            found[one.name] = one
        return found

    def note(self, entry: Entry) -> None:
        """Remember that a pack was copied and is durable."""
        with (self.folder / _JOURNAL).open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(asdict(entry)))

    def holds(self, entry: Entry) -> bool:
        """Whether a file of that name and size is there; its bytes are read by `kura backup --verify`."""
        try:
            return self.backend.size(entry.name) == entry.size
        except Missing:
            return False

    def forget_journal(self) -> None:
        """The manifest names it all now."""
        (self.folder / _JOURNAL).unlink(missing_ok=True)


def existing(folder: Path) -> Destination:
    """A folder that is there, to be read; Invalid (`not_a_backup`) where it holds no snapshot that is whole."""
    if not folder.is_dir() or not any(folder.glob(f"{FOLDER}/*/manifest.json")):
        raise Invalid("not_a_backup", field="source", place=str(folder))
    return Destination(folder)


@contextmanager
def opened(folder: Path) -> Iterator[Destination]:
    """The folder, made where it is not there; Conflict (`destination_busy`) where a backup is being made in it."""
    if folder.exists() and not folder.is_dir():
        raise Invalid("not_a_folder", field="destination", place=str(folder))
    # What a new file system has in its root is nobody's.
    there = {path.name for path in folder.iterdir()} - {"lost+found"} if folder.exists() else set()
    if there and _LOCK not in there:
        raise Conflict("destination_not_ours", place=str(folder))
    DiskBackend(folder)
    with alone(folder / _LOCK, "destination_busy", place=str(folder)):
        yield Destination(folder)


@contextmanager
def alone(file: Path, reason: str, **values: object) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends; Conflict (`reason`) where another process has it."""
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise Conflict(reason, **values) from problem
        yield


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """What the system says of a disk, in words of ours: full, not writable, not to be reached."""
    try:
        yield
    except OSError as problem:
        reason = (_FULL | _NO_WRITING).get(problem.errno or 0, "backup_unreachable")
        why = os.strerror(problem.errno) if problem.errno else str(problem)
        raise Unavailable(reason, place=str(problem.filename or folder), problem=why) from problem
