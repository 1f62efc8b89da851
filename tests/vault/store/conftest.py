"""An area with its key, on disk and in memory; and a whole vault with its rows."""

import secrets
from pathlib import Path

import pytest

from tests.vault.store.areas import aoba, facility_of, midori, vault
from vault.base import ids
from vault.store.backends import Backend
from vault.store.backends.disk import DiskBackend
from vault.store.backends.memory import MemoryBackend
from vault.store.packs import Area

__all__ = ["aoba", "facility_of", "midori", "vault"]


@pytest.fixture(params=["disk", "memory"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return DiskBackend(tmp_path / "vault") if request.param == "disk" else MemoryBackend()


@pytest.fixture
def area() -> Area:
    return Area(ids.new(), secrets.token_bytes(32))
