"""A vault with two facilities, and the keys that sign its receipts."""

from pathlib import Path

import pytest

from tests.vault.store.areas import aoba, facility_of, midori, vault
from vault.intake.signing import SigningKeys

__all__ = ["aoba", "facility_of", "midori", "vault"]


@pytest.fixture
def signing(tmp_path: Path) -> SigningKeys:
    return SigningKeys.make(tmp_path / "keys")
