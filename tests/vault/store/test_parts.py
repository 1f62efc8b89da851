"""Large blobs lie in parts: read in any range, verified like any other, found again from the packs alone."""

import hashlib
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from tests.vault.store.areas import Vault
from vault.base.errors import Damaged
from vault.base.scope import Scope
from vault.store import format as layout
from vault.store import packs, queries, scan, service, writing
from vault.store.backends.memory import MemoryBackend
from vault.store.models import BlobPart, BlobRow
from vault.store.packs import Area, Deposit, Interrupted, Mismatch, Stored
from vault.store.records import Blob

FRAME, PART, PACK = 64, 256, 1500
AREA = Area("0" * 26, b"k" * 32)
sizes = st.integers(0, 12 * PART)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "FRAME_BYTES", FRAME)
    monkeypatch.setattr(layout.record_header, "__defaults__", (FRAME,))
    monkeypatch.setattr(packs, "PART_BYTES", PART)
    monkeypatch.setattr(packs, "PACK_BYTES", PACK)


def content_of(size: int) -> bytes:
    return hashlib.shake_128(b"x").digest(size)


def blob(backend: MemoryBackend, stored: list[Stored], whole: Stored) -> Blob:
    where = {one.digest: one for one in stored}
    return Blob(backend, AREA, whole, lambda *_: None, [where[digest] for digest, _ in whole.parts])


@given(size=sizes, cut=st.tuples(sizes, sizes), known=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_range_of_every_size_reads_back(size: int, cut: tuple[int, int], known: bool) -> None:
    content, backend = content_of(size), MemoryBackend()
    with Deposit(backend, AREA) as deposit:
        deposit.add(io.BytesIO(b"before"), size=6)
        whole = deposit.add(io.BytesIO(content), size=size if known else None)
        after = deposit.add(io.BytesIO(b"after"), size=5)
        stored = deposit.finish()
    assert (whole.digest, whole.size) == (hashlib.sha256(content).hexdigest(), size)
    assert len(whole.parts) == (0 if size <= PART else -(-size // PART))
    assert stored[-1] == after
    assert all(len(held) < 2 * PACK for held in backend.objects.values())
    found = blob(backend, stored, whole)
    assert found.read() == content
    start, end = sorted(min(edge, size) for edge in cut)
    if start < size:
        assert b"".join(found.read_range(start, end)) == content[start:end]


@given(size=st.integers(PART + 1, 12 * PART), told=st.sampled_from(["short", "wrong"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_large_blob_that_fails_leaves_what_came_before_it(size: int, told: str) -> None:
    backend = MemoryBackend()
    with Deposit(backend, AREA) as deposit:
        before = deposit.add(io.BytesIO(b"before"), size=6)
        with pytest.raises(Interrupted if told == "short" else Mismatch):
            deposit.add(io.BytesIO(content_of(size)), size=size + (told == "short"), digest="0" * 64)
        after = deposit.add(io.BytesIO(b"after"), size=5)
        assert deposit.finish() == [before, after]
    for one in (before, after):
        assert Blob(backend, AREA, one, lambda *_: None).size == len(Blob(backend, AREA, one, lambda *_: None).read())
    with Deposit(backend, AREA) as deposit:
        deposit.add(io.BytesIO(content_of(size)), size=size)
    assert set(scan.packs(backend, AREA.facility_id)) == {before.pack, after.pack}


def test_packs_tell_their_parts_and_lists_by_index_and_by_walking() -> None:
    backend = MemoryBackend()
    with Deposit(backend, AREA) as deposit:
        deposit.add(io.BytesIO(content_of(10 * PART)), size=10 * PART)
        deposit.add(io.BytesIO(b"x"), size=1)
        stored = deposit.finish()

    def told() -> list[Stored]:
        names = scan.packs(backend, AREA.facility_id)
        return sorted((one for pack in names for one in scan.entries(backend, AREA, pack)), key=lambda one: one.offset)

    by_place = sorted(stored, key=lambda one: one.offset)
    assert {(one.pack, one.offset) for one in told()} == {(one.pack, one.offset) for one in by_place}
    assert set(told()) == set(stored)
    for raw in backend.objects.values():
        del raw[-10:]
    assert set(told()) == set(stored)


def test_packs_of_version_1_are_read_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MemoryBackend()
    monkeypatch.setattr(layout, "_INDEX_MAGIC", b"KIDX")
    monkeypatch.setattr(layout, "_ENTRY", _EntryOf1())
    monkeypatch.setattr(layout.header, "__defaults__", (1,))
    with Deposit(backend, AREA) as deposit:
        deposit.add(io.BytesIO(b"from before"), size=11)
        (stored,) = deposit.finish()
    monkeypatch.undo()
    (raw,) = backend.objects.values()
    assert raw[8:10] == b"\0\1"
    assert b"KIDX" in raw
    assert scan.entries(backend, AREA, stored.pack) == [stored]
    assert Blob(backend, AREA, stored, lambda *_: None).read() == b"from before"
    layout.check_header(layout.pack_cipher(AREA.key, stored.pack), bytes(raw[:84]), AREA.facility_id, stored.pack)


class _EntryOf1:
    """Writes the lines of an index as version 1 had them."""

    def pack(self, kind: int, *fields: object) -> bytes:
        assert kind == 0
        return layout._ENTRY_1.pack(*fields)


def parts_and_list(vault: Vault, scope: Scope, size: int) -> list[Stored]:
    with vault.database.transaction() as session:
        area = vault.store.ensure_area(session, scope.area)
    with vault.store.deposit(area) as deposit:
        deposit.add(io.BytesIO(content_of(size)), size=size)
        stored = deposit.finish()
    with vault.database.transaction() as session:
        made = service.register(session, scope.area, stored)
    assert made == {stored[-1].digest}
    return stored


def read(vault: Vault, scope: Scope, digest: str) -> bytes:
    with vault.database.read() as session:
        found = vault.store.blob(vault.store.area(session, scope), queries.blob(session, scope, digest))
    return found.read()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rows_lost_are_rebuilt_from_the_packs(vault: Vault, aoba: Scope) -> None:
    stored = parts_and_list(vault, aoba, 10 * PART)

    def rows() -> list[tuple[object, ...]]:
        with vault.database.read() as session:
            parts = select(BlobPart.digest, BlobPart.place, BlobPart.part, BlobPart.start, BlobPart.size)
            blobs = select(BlobRow.digest, BlobRow.pack, BlobRow.offset, BlobRow.length, BlobRow.size, BlobRow.parts)
            return [
                tuple(row) for one in (parts, blobs) for row in session.execute(one.order_by(*one.selected_columns))
            ]

    before, used = rows(), vault.space(aoba)[0]
    with vault.database.transaction() as session:
        session.execute(delete(BlobPart))
        session.execute(delete(BlobRow))
        area = vault.store.area(session, aoba)
        assert service.rebuild(session, vault.store.backend, area) == {stored[-1].digest}
    assert rows() == before
    assert vault.space(aoba)[0] == used + 10 * PART
    assert read(vault, aoba, stored[-1].digest) == content_of(10 * PART)


@pytest.fixture(params=["part", "list"])
def spoilt(request: pytest.FixtureRequest, vault: Vault, aoba: Scope) -> Stored:
    stored = parts_and_list(vault, aoba, 10 * PART)
    one = stored[5] if request.param == "part" else stored[-1]
    path = vault.folder / writing.name_of(aoba.area, one.pack)
    raw = bytearray(path.read_bytes())
    raw[one.offset + layout.RECORD_BYTES + 8] ^= 1
    path.write_bytes(raw)
    return one


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_damage_of_a_part_is_the_damage_of_the_whole_until_it_comes_again(
    vault: Vault, aoba: Scope, spoilt: Stored
) -> None:
    whole = hashlib.sha256(content_of(10 * PART)).hexdigest()
    with pytest.raises(Damaged):
        read(vault, aoba, whole)
    with vault.database.transaction() as session:
        service.report_damage(session, aoba.area, spoilt.digest)
        assert queries.held(session, aoba, [whole]) == {}
    with vault.store.deposit(Area(aoba.area, _key(vault, aoba))) as deposit:
        deposit.add(io.BytesIO(content_of(10 * PART)), size=10 * PART)
        again = deposit.finish()
    with vault.database.transaction() as session:
        assert service.register(session, aoba.area, again) == set()
        assert queries.held(session, aoba, [whole]) == {whole: 10 * PART}
    assert read(vault, aoba, whole) == content_of(10 * PART)


def _key(vault: Vault, scope: Scope) -> bytes:
    with vault.database.read() as session:
        return vault.store.area(session, scope).key


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_part_that_is_also_a_blob_counts_by_itself(vault: Vault, aoba: Scope) -> None:
    stored = parts_and_list(vault, aoba, 3 * PART)
    with vault.store.deposit(Area(aoba.area, _key(vault, aoba))) as deposit:
        same = deposit.add(io.BytesIO(content_of(3 * PART)[:PART]), size=PART)
        deposit.finish()
    assert same.digest == stored[0].digest
    with vault.database.transaction() as session:
        assert service.register(session, aoba.area, [same]) == {same.digest}
        assert service.register(session, aoba.area, [same]) == set()


@given(size=st.integers(PART + 1, 12 * PART), before=st.integers(1, PART), known=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_a_large_blob_that_fails_no_pack_keeps_a_byte(size: int, before: int, known: bool) -> None:
    backend = MemoryBackend()
    with Deposit(backend, AREA) as deposit:
        deposit.add(io.BytesIO(content_of(before)), size=before)
        with pytest.raises(Mismatch):
            deposit.add(io.BytesIO(content_of(size)), size=size if known else None, digest="0" * 64)
        deposit.finish()
    found = [one.size for pack in scan.packs(backend, AREA.facility_id) for one in scan.entries(backend, AREA, pack)]
    assert found == [before]
    assert all(len(raw) < before + 2 * PART for raw in backend.objects.values())
