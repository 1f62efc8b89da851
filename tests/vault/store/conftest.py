"""An area with its key, on disk and in memory."""

import secrets
from pathlib import Path

import pytest

from vault.base import ids
from vault.store.backends import Backend
from vault.store.backends.disk import DiskBackend
from vault.store.backends.memory import MemoryBackend
from vault.store.packs import Area


@pytest.fixture(params=["disk", "memory"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return DiskBackend(tmp_path / "vault") if request.param == "disk" else MemoryBackend()


@pytest.fixture
def area() -> Area:
    return Area(ids.new(), secrets.token_bytes(32))
