"""The provider's books, on both engines."""

from pathlib import Path

import pytest

from tests.services.clock import HeldClock
from tests.vault.billing.books import Books, settings_in
from vault.base.database import Database


@pytest.fixture
def books(database: Database, clock: HeldClock, tmp_path: Path) -> Books:
    """Empty books on 1 April 2026, nine in the morning in Tokyo."""
    return Books(database, settings_in(tmp_path))
