"""A Deluxe area with a contract, and a workplace at which its copies are made."""

from pathlib import Path

import pytest

import portal.tables
from portal import work
from tests.services.clock import HeldClock
from tests.vault.media.copying import Bench
from tests.vault.store.areas import Vault, aoba, facility_of, midori, vault
from vault.base.scope import Scope
from vault.base.settings import Media
from vault.intake.signing import SigningKeys

__all__ = ["aoba", "facility_of", "midori", "vault"]
assert portal.tables.METADATA.tables
work.register()


@pytest.fixture
def bench(vault: Vault, aoba: Scope, tmp_path: Path, clock: HeldClock) -> Bench:
    return Bench(vault, aoba, SigningKeys.make(tmp_path / "keys"), tmp_path / "media", clock, Media())
