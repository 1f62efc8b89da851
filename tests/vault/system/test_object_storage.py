"""A home whose packs lie in object storage is backed up to a folder, and restored to a disk or to another bucket."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.seaweedfs import SeaweedFS
from tests.vault.intake.exams import hold
from tests.vault.store.areas import Vault
from tests.vault.system.homes import backed_up, revived
from vault.base import ids
from vault.base.scope import Scope
from vault.intake.signing import SigningKeys
from vault.store.backends.s3 import S3Backend
from vault.store.keys import KeyFolder
from vault.store.store import Store

pytestmark = pytest.mark.s3
IMAGES = {"1.jpg": b"one" * 300_000}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def bucket(s3_server: SeaweedFS, tmp_path: Path) -> S3Backend:
    return S3Backend(s3_server.bucket(prefix=ids.new()), tmp_path / "spool")


@pytest.fixture
def remote(vault: Vault, bucket: S3Backend, tmp_path: Path) -> Vault:
    """The vault, its packs in the bucket."""
    return replace(vault, store=Store(bucket, KeyFolder(tmp_path / "keys")))


def test_packs_are_fetched_from_the_bucket_and_come_back_to_a_disk(
    remote: Vault, aoba: Scope, signing: SigningKeys, tmp_path: Path
) -> None:
    receipt = hold(remote, aoba, signing, IMAGES)
    assert backed_up(remote).packs == 1
    assert backed_up(remote).copied == 0
    made = revived(tmp_path, f"sqlite:///{tmp_path / 'again.sqlite'}")
    assert made.found.is_whole
    assert made.images(aoba, receipt["exam"]) == IMAGES
    made.database.close()


def test_into_the_bucket_that_was_not_lost_nothing_is_written_twice_and_newer_packs_are_taken_in(
    remote: Vault, aoba: Scope, signing: SigningKeys, bucket: S3Backend, tmp_path: Path
) -> None:
    receipt = hold(remote, aoba, signing, IMAGES)
    backed_up(remote)
    hold(remote, aoba, signing, {"2.jpg": b"since"}, patient_id="P-2")
    made = revived(tmp_path, f"sqlite:///{tmp_path / 'again.sqlite'}", backend=bucket)
    assert (made.found.is_whole, len(made.found.adopted)) == (True, 1)
    assert made.images(aoba, receipt["exam"]) == IMAGES
    made.database.close()
