"""A vault with two facilities, its receipt keys, and hands that collect in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

import portal.tables
from tests.vault.store.areas import Vault, aoba, facility_of, midori, vault
from vault.base.scope import Role, Scope
from vault.intake.signing import SigningKeys
from vault.store.garbage import Hands

__all__ = ["aoba", "facility_of", "midori", "vault"]
assert portal.tables.METADATA.tables


@pytest.fixture
def signing(tmp_path: Path) -> SigningKeys:
    return SigningKeys.make(tmp_path / "keys")


@pytest.fixture
def hands(vault: Vault) -> Hands:
    return Hands(vault.store, vault.database.read, vault.database.transaction)


@pytest.fixture
def nurse() -> Callable[[Scope], Scope]:
    """A person of staff in the area of a device."""
    return lambda device: Scope("n", "nurse", "Nurse", Role.STAFF, facility_id=device.area, person_id="n")


@pytest.fixture
def administrator() -> Callable[[Scope], Scope]:
    """The provider's administrator, narrowed to the area of a device."""
    return lambda device: Scope("a", "admin", "Admin", Role.ADMIN, facility_id=device.area, person_id="a")
