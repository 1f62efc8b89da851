"""An installation: what a HOME folder holds, opened; and how a new HOME is made."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from portal import migrations
from search.engine import open_engine
from search.engine.port import Engine
from vault.base import clock, settings
from vault.base.database import Database
from vault.base.errors import Conflict, NotFound
from vault.intake.signing import SigningKeys
from vault.store import keys
from vault.store.store import Store, open_store
from vault.system import restore
from vault.system.keysfile import SESSION_KEY_FILE

INITIAL_SETTINGS = """\
# Kura's settings. Each can also be given as an environment variable KURA_<SECTION>_<KEY>.
# docs/settings.md tells of them all.

[server]
bind = "127.0.0.1:8080"

[database]
# url = "postgresql+psycopg://user:password@host/kura"   # empty: SQLite in this folder

[broker]
# url = "redis://127.0.0.1:6379/0"                        # empty: in memory, inside `kura serve`

[vault]
# second = "file:///mnt/copy"                             # where every pack is copied to; also s3://bucket/folder?endpoint=…
"""


@dataclass
class Installation:
    """What serves and works: settings, database, store, keys, index; parts are opened when first needed."""

    settings: settings.Settings
    database: Database
    on_close: list[Callable[[], None]] = field(default_factory=list)

    @cached_property
    def store(self) -> Store:
        """The vault's blobs; raises Unavailable without the provider key."""
        return open_store(self.settings.vault_folder, self.settings.keys_folder, self.database, self.settings.vault)

    @cached_property
    def signing(self) -> SigningKeys:
        """The keys that sign receipts."""
        return SigningKeys.load(self.settings.keys_folder)

    @cached_property
    def engine(self) -> Engine:
        """The search engine over HOME's index folder."""
        return open_engine(self.settings.search.engine, self.settings.index_folder)

    @cached_property
    def secret_key(self) -> bytes:
        """What signs session cookies."""
        content = json.loads((self.settings.keys_folder / SESSION_KEY_FILE).read_text(encoding="utf-8"))
        return bytes.fromhex(content["key"])

    def close(self) -> None:
        """Let go of everything that was opened."""
        for act in reversed(self.on_close):
            act()
        self.database.close()


def open_home(home: Path, *, restoring: bool = False) -> Installation:
    """
    Open HOME; NotFound where `kura init` has not made one, Conflict (`half_restored`) where a restore was not finished,
    but for that restore itself. The database is not touched yet.
    """
    if (home / restore.MARKER).exists() and not restoring:
        raise Conflict("half_restored", home=str(home))
    if not (home / settings.SETTINGS_FILE).exists():
        raise NotFound("no_home", home=str(home))
    read = settings.read(home)
    clock.set_shift(timedelta(seconds=read.clock.shift_seconds))
    return Installation(read, Database(read.database_url))


def make_home(home: Path) -> Installation:
    """Make HOME: settings, keys, database; Conflict where there already is one, or anything else."""
    if home.exists() and any(home.iterdir()):
        raise Conflict("home_exists", home=str(home))
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys_folder = home / "keys"
    keys_folder.mkdir(mode=0o700)
    keys.make(keys_folder)
    SigningKeys.make(keys_folder)
    keys.write_private(keys_folder / SESSION_KEY_FILE, {"version": 1, "key": secrets.token_hex(32)})
    write_initial_settings(home)
    installation = open_home(home)
    migrations.upgrade(installation.database)
    installation.engine.create()
    return installation


def write_initial_settings(home: Path) -> None:
    """The settings of a new HOME, with words that say what can be set."""
    (home / settings.SETTINGS_FILE).write_text(INITIAL_SETTINGS, encoding="utf-8")
