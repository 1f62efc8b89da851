"""What docs/backup.md says under "By hand" is enough to read a backup."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.vault.intake.exams import hold
from tests.vault.store import by_document
from tests.vault.store.areas import Vault
from tests.vault.system.homes import backed_up
from vault.base.scope import Scope
from vault.intake.signing import SigningKeys

IMAGES = {f"{place}.jpg": bytes([place]) * 300_000 for place in range(3)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_can_be_read_with_the_documents_alone(
    vault: Vault, aoba: Scope, signing: SigningKeys, tmp_path: Path
) -> None:
    hold(vault, aoba, signing, IMAGES)
    backed_up(vault)
    backup = tmp_path / "backup"
    providers = by_document.keys_in_file(tmp_path / "keys.json")
    (folder,) = (backup / "snapshots").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    key = by_document.snapshot_key(providers, manifest)
    _every_listed_file_is_there(backup, folder, manifest["listed"])

    inside = {
        hashlib.sha256(content).hexdigest(): content
        for pack in (folder / "packs").rglob("*.pack")
        for kind, content in by_document.read_pack(pack, key)
        if kind != 1
    }
    (dump,) = (inside[one["sha256"]] for one in manifest["inside"] if one["name"] == "database")
    (tmp_path / "by-hand.db").write_bytes(dump)
    named = _images_of(tmp_path / "by-hand.db", aoba.area)
    data_key = by_document.area_key(providers, (folder / "areas" / f"{aoba.area}.key").read_bytes())
    held = {
        hashlib.sha256(content).hexdigest(): content
        for pack in (backup / "vault" / aoba.area / "packs").rglob("*.pack")
        for _, content in by_document.read_pack(pack, data_key)
    }
    assert {name: held[digest] for name, digest in named.items()} == IMAGES


def _every_listed_file_is_there(backup: Path, folder: Path, listed: str) -> None:
    content = (folder / "files.jsonl").read_bytes()
    assert hashlib.sha256(content).hexdigest() == listed
    for line in content.splitlines():
        entry = json.loads(line)
        found = (backup / entry["name"]).read_bytes()
        assert (len(found), hashlib.sha256(found).hexdigest()) == (entry["size"], entry["sha256"])


def _images_of(database: Path, area: str) -> dict[str, str]:
    """The name and digest of each image of the area, from the SQLite file."""
    with closing(sqlite3.connect(database)) as opened:
        return dict(opened.execute("SELECT name, sha256 FROM exam_images WHERE facility_id = ?", (area,)))
