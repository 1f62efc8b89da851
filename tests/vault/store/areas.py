"""Two facilities with their areas and an open store, for whoever tests on real rows and packs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vault.base.database import Database
from vault.base.scope import Role, Scope
from vault.store import keys
from vault.store.store import Store, open_store
from vault.tenancy import capacity, devices, facilities
from vault.tenancy.models import Space

CAPACITY = 10_000_000


@dataclass(frozen=True)
class Vault:
    """A database, a store on disk, and where its packs lie."""

    database: Database
    store: Store
    folder: Path

    def packs(self, scope: Scope) -> list[Path]:
        return sorted((self.folder / scope.area / "packs").rglob("*.pack"))

    def space(self, scope: Scope) -> tuple[int, int]:
        """(used, reserved) bytes of an area."""
        with self.database.read() as session:
            space = session.get_one(Space, (scope.area, capacity.AREA))
            return space.used, space.reserved


@pytest.fixture
def vault(database: Database, tmp_path: Path) -> Vault:
    keys.make(tmp_path / "keys")
    return Vault(database, open_store(tmp_path / "vault", tmp_path / "keys", database), tmp_path / "vault")


@pytest.fixture
def facility_of(vault: Vault) -> Callable[[str], Scope]:
    """Makes a facility with one device, and gives the device's scope."""

    def make(code: str) -> Scope:
        with vault.database.transaction() as session:
            made = facilities.make(session, Scope.system(), code=code, name=code, capacity=CAPACITY)
            device = devices.add(session, Scope.system(made.id), login=f"{code}-capture1")
            return Scope(device.id, device.login, code, Role.DEVICE, facility_id=made.id, device_id=device.id)

    return make


@pytest.fixture
def aoba(facility_of: Callable[[str], Scope]) -> Scope:
    return facility_of("aoba")


@pytest.fixture
def midori(facility_of: Callable[[str], Scope]) -> Scope:
    return facility_of("midori")
