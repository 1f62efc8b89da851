"""Backing a test's vault up, and restoring it into another folder and another database."""

from dataclasses import dataclass
from pathlib import Path

import portal.tables
from tests.vault.store.areas import Vault
from vault.base.database import Database
from vault.base.scope import Scope
from vault.exams import queries as exams
from vault.store.backends import Backend
from vault.store.keys import KeyFolder
from vault.store.store import Store, open_store
from vault.system import backup, keysfile, restore
from vault.system.backup import Home, Made
from vault.system.destination import Destination
from vault.system.restore import Restored

assert portal.tables.METADATA.tables


def home_of(vault: Vault) -> Home:
    """What `kura backup` would back up; its HOME is a folder below the test's own, where the destination lies too."""
    folder = vault.folder.parent
    (folder / "home").mkdir(exist_ok=True)
    settings = folder / "home" / "kura.toml"
    settings.write_text('[database]\nurl = "sqlite:///secret"\n', encoding="utf-8")
    return Home(folder / "home", settings, folder / "keys", vault.database, vault.store, {})


def backed_up(vault: Vault, keep: int = 7) -> Made:
    """A backup in the folder `backup`, its keys in the file `keys.json`."""
    folder = vault.folder.parent
    return backup.make(home_of(vault), folder / "backup", folder / "keys.json", keep)


@dataclass(frozen=True)
class Revived:
    """What a restore made."""

    folder: Path
    database: Database
    store: Store
    found: Restored

    def images(self, scope: Scope, exam_id: str) -> dict[str, bytes]:
        with self.database.read() as session:
            opened = exams.open_images(session, scope, self.store, exam_id)
            return {image.name: blob.read() for image, blob in opened}


def revived(
    folder: Path,
    url: str,
    vault_folder: Path | None = None,
    snapshot: str | None = None,
    backend: Backend | None = None,
) -> Revived:
    """Restore the newest snapshot of `folder`/backup into `folder`/restored, its database at `url`."""
    home = folder / "restored"
    keys = keysfile.load(folder / "keys.json")
    chosen = restore.chosen(Destination(folder / "backup"), keysfile.ring(keys), snapshot)
    restore_id = restore.begin(home, chosen)
    keysfile.put(home, keys, with_settings=True)
    database = Database(url)
    store = open_store(vault_folder or home / "vault", home / "keys", database)
    if backend is not None:
        store = Store(backend, KeyFolder(home / "keys"))
    found = Restored(chosen.manifest.id, chosen.manifest.made_at)
    restore.claim(chosen, home, database)
    restore.packs(chosen, store, found, backup.quiet)
    restore.load(chosen, home, database)
    restore.settle(chosen, database, store, restore_id, found)
    restore.finish(home)
    return Revived(home, database, store, found)
