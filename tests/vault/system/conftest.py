"""A vault with two facilities, and the keys that sign its receipts."""

from tests.vault.intake.conftest import signing
from tests.vault.store.areas import aoba, facility_of, midori, vault

__all__ = ["aoba", "facility_of", "midori", "signing", "vault"]
