"""A damaged blob counts as missing until it was sent again; then it is whole, and its bytes are counted once."""

import io
from hashlib import sha256

from sqlalchemy import select

from tests.vault.store.areas import Vault
from vault.base.scope import Scope
from vault.store import queries, service
from vault.store.models import BlobRow, PackRow

CONTENT = b"endoscope" * 1000
DIGEST = sha256(CONTENT).hexdigest()


def send(vault: Vault, scope: Scope) -> set[str]:
    """Store CONTENT once more; returns what was new to the area."""
    with vault.database.transaction() as session:
        area = vault.store.ensure_area(session, scope.area)
    with vault.store.deposit(area) as deposit:
        deposit.add(io.BytesIO(CONTENT))
        stored = deposit.finish()
    with vault.database.transaction() as session:
        return service.register(session, scope.area, stored)


def flip_a_byte(vault: Vault, scope: Scope) -> None:
    """In the record's first frame."""
    path = vault.packs(scope)[0]
    raw = bytearray(path.read_bytes())
    raw[200] ^= 1
    path.write_bytes(raw)


def test_a_damaged_blob_is_missing_until_it_is_sent_again(vault: Vault, aoba: Scope) -> None:
    assert send(vault, aoba) == {DIGEST}
    flip_a_byte(vault, aoba)
    with vault.database.transaction() as session:
        assert service.report_damage(session, aoba.area, DIGEST)
        assert queries.held(session, aoba, [DIGEST]) == {}
    assert send(vault, aoba) == set(), "its bytes are counted already"
    with vault.database.read() as session:
        assert queries.held(session, aoba, [DIGEST]) == {DIGEST: len(CONTENT)}
        row = queries.blob(session, aoba, DIGEST)
        assert vault.store.blob(vault.store.area(session, aoba), row).read() == CONTENT


def test_a_sound_blob_keeps_its_place_when_it_is_sent_again(vault: Vault, aoba: Scope) -> None:
    send(vault, aoba)
    with vault.database.read() as session:
        before = session.scalar(select(BlobRow.pack).where(BlobRow.digest == DIGEST))
    assert send(vault, aoba) == set()
    with vault.database.read() as session:
        assert session.scalar(select(BlobRow.pack).where(BlobRow.digest == DIGEST)) == before


def test_every_pack_has_a_row_that_says_whether_it_was_copied(vault: Vault, aoba: Scope) -> None:
    send(vault, aoba)
    with vault.database.read() as session:
        packs = session.execute(select(PackRow.pack, PackRow.copied_at)).all()
    assert packs == [(path.stem, None) for path in vault.packs(aoba)]
