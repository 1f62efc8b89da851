"""A vault with a second copy on another disk: two facilities, an area with a few blobs, and hands."""

from dataclasses import dataclass
from pathlib import Path

import pytest

import portal.tables
from portal import work
from tests.vault.store.areas import Vault as PlainVault
from tests.vault.store.areas import aoba, facility_of, midori
from vault.base.database import Database
from vault.base.scope import Scope
from vault.base.settings import Vault as VaultSettings
from vault.store import keys
from vault.store.garbage import Hands
from vault.store.store import open_store

__all__ = ["aoba", "facility_of", "midori"]
assert portal.tables.METADATA.tables
work.register()


@dataclass(frozen=True)
class Vault(PlainVault):
    """`second` is the folder with the copies."""

    second: Path

    def copies(self, scope: Scope) -> list[Path]:
        return sorted((self.second / scope.area / "packs").rglob("*.pack"))


@pytest.fixture
def vault(database: Database, tmp_path: Path) -> Vault:
    keys.make(tmp_path / "keys")
    where = VaultSettings(second=f"file://{tmp_path / 'second'}")
    store = open_store(tmp_path / "vault", tmp_path / "keys", database, where)
    return Vault(database, store, tmp_path / "vault", tmp_path / "second")


@pytest.fixture
def hands(vault: Vault) -> Hands:
    return Hands(vault.store, vault.database.read, vault.database.transaction, copies=True)
