"""A damaged blob counts as missing until it was sent again; then it is whole, and its bytes are counted once."""

import io
from hashlib import sha256

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests.vault.store.areas import Vault
from vault.base.errors import Unavailable
from vault.base.scope import Scope
from vault.exams import drive
from vault.store import queries, service
from vault.store.models import BlobRow, PackRow
from vault.tenancy import capacity

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


def rebuild(vault: Vault, scope: Scope) -> None:
    with vault.database.transaction() as session:
        service.rebuild(session, vault.store.backend, vault.store.area(session, scope))


def test_rows_rebuilt_from_the_packs_do_not_call_a_damaged_blob_sound(vault: Vault, aoba: Scope) -> None:
    send(vault, aoba)
    flip_a_byte(vault, aoba)
    with vault.database.transaction() as session:
        service.report_damage(session, aoba.area, DIGEST)
    rebuild(vault, aoba)
    with vault.database.read() as session:
        assert queries.held(session, aoba, [DIGEST]) == {}


def test_a_sound_copy_in_another_pack_heals_when_rows_are_rebuilt(vault: Vault, aoba: Scope) -> None:
    send(vault, aoba)
    flip_a_byte(vault, aoba)
    send(vault, aoba)  # nobody had told the damage yet: this copy is garbage, for now
    with vault.database.transaction() as session:
        service.report_damage(session, aoba.area, DIGEST)
    rebuild(vault, aoba)
    with vault.database.read() as session:
        assert queries.held(session, aoba, [DIGEST]) == {DIGEST: len(CONTENT)}
        row = queries.blob(session, aoba, DIGEST)
        assert vault.store.blob(vault.store.area(session, aoba), row).read() == CONTENT


def put(vault: Vault, scope: Scope, path: str) -> None:
    drive.put(vault.database, vault.store, scope, path, io.BytesIO(CONTENT), size=len(CONTENT), largest=10**6)


def test_what_is_put_again_and_again_leaves_no_garbage(vault: Vault, aoba: Scope) -> None:
    for number in range(5):
        put(vault, aoba, str(number % 2))
    assert len(vault.packs(aoba)) == 1
    assert vault.space(aoba) == (len(CONTENT), 0)


def test_what_is_let_go_of_while_it_is_put_again_is_asked_for_once_more(
    vault: Vault, aoba: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(vault, aoba, "first")
    look = queries.held

    def held_then_gone(session: Session, scope: Scope, digests: list[str]) -> dict[str, int]:
        found = look(session, scope, digests)
        with vault.database.transaction() as other:
            other.execute(delete(BlobRow).where(BlobRow.digest == DIGEST))
            capacity.free(other, scope.area, len(CONTENT))
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(queries, "held", held_then_gone)
        with pytest.raises(Unavailable):
            put(vault, aoba, "second")
    assert vault.space(aoba) == (0, 0)
    put(vault, aoba, "second")
    assert vault.space(aoba) == (len(CONTENT), 0)
