"""An area with its key, on disk and in memory; and a whole vault with its rows."""

import secrets
from pathlib import Path

import pytest

from tests.services.seaweedfs import SeaweedFS
from tests.vault.store.areas import aoba, facility_of, midori, vault
from vault.base import ids
from vault.store.backends import Backend
from vault.store.backends.disk import DiskBackend
from vault.store.backends.memory import MemoryBackend
from vault.store.backends.s3 import S3Backend
from vault.store.packs import Area

__all__ = ["aoba", "facility_of", "midori", "vault"]


@pytest.fixture(params=["disk", "memory", pytest.param("s3", marks=pytest.mark.s3)])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "s3":
        server: SeaweedFS = request.getfixturevalue("s3_server")
        return S3Backend(server.bucket(prefix=ids.new()), tmp_path / "spool")
    return DiskBackend(tmp_path / "vault") if request.param == "disk" else MemoryBackend()


@pytest.fixture
def area() -> Area:
    return Area(ids.new(), secrets.token_bytes(32))
