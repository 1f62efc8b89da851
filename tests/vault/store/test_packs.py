"""Blobs come back as they went in, in any range, and packs tell what they hold."""

import hashlib
import io
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault.base.errors import BadRange, Damaged
from vault.store import format as layout
from vault.store import scan
from vault.store.backends import Backend
from vault.store.backends.memory import MemoryBackend
from vault.store.packs import Area, Deposit, Interrupted, Mismatch, Stored
from vault.store.records import Blob

AREA = Area("0" * 26, b"k" * 32)
SMALL_FRAME = 64
sizes = st.integers(0, 5 * SMALL_FRAME)


@pytest.fixture
def small_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "FRAME_BYTES", SMALL_FRAME)
    monkeypatch.setattr(layout.record_header, "__defaults__", (SMALL_FRAME,))


def put(backend: Backend, area: Area, *contents: bytes) -> list[Stored]:
    with Deposit(backend, area) as deposit:
        for content in contents:
            deposit.add(io.BytesIO(content), size=len(content), digest=hashlib.sha256(content).hexdigest())
        return deposit.finish()


def blob(backend: Backend, area: Area, stored: Stored) -> Blob:
    return Blob(backend, area, stored, lambda *_: None)


@pytest.mark.usefixtures("small_frames")
@given(size=sizes, cut=st.tuples(sizes, sizes), known=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_range_of_every_size_reads_back(size: int, cut: tuple[int, int], known: bool) -> None:
    content = bytes(n * 7 % 256 for n in range(size))
    backend = MemoryBackend()
    with Deposit(backend, AREA) as deposit:
        deposit.add(io.BytesIO(b"before"), size=6)
        deposit.add(io.BytesIO(content), size=size if known else None)
        _, stored = deposit.finish()
    assert (stored.digest, stored.size) == (hashlib.sha256(content).hexdigest(), size)
    assert stored.length == layout.record_length(size, SMALL_FRAME)
    found = blob(backend, AREA, stored)
    assert found.read() == content
    start, end = sorted(min(edge, size) for edge in cut)
    if start < size:
        assert b"".join(found.read_range(start, end)) == content[start:end]


@pytest.mark.usefixtures("small_frames")
@given(contents=st.lists(st.binary(max_size=3 * SMALL_FRAME), max_size=6), cut=st.integers(0, 2000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_pack_cut_anywhere_still_tells_its_complete_records(contents: list[bytes], cut: int) -> None:
    backend = MemoryBackend()
    stored = put(backend, AREA, *contents)
    for pack in scan.packs(backend, AREA.facility_id):
        whole = backend.objects[AREA.pack_name(pack)]
        assert scan.entries(backend, AREA, pack) == stored
        del whole[cut:]
        complete = [one for one in stored if one.offset + one.length <= cut]
        assert scan.entries(backend, AREA, pack) == complete


@pytest.mark.parametrize("size", [0, 1, layout.FRAME_BYTES - 1, layout.FRAME_BYTES, 3 * layout.FRAME_BYTES + 5])
def test_real_frames_on_each_backend(backend: Backend, area: Area, size: int) -> None:
    content = hashlib.shake_128(b"x").digest(size)
    (stored,) = put(backend, area, content)
    assert blob(backend, area, stored).read() == content


def test_bytes_that_are_not_those_announced_leave_no_trace(backend: Backend, area: Area) -> None:
    with Deposit(backend, area) as deposit:
        kept = deposit.add(io.BytesIO(b"right"), size=5)
        with pytest.raises(Mismatch):
            deposit.add(io.BytesIO(b"wrong"), size=5, digest=hashlib.sha256(b"right").hexdigest())
        with pytest.raises(Interrupted):
            deposit.add(io.BytesIO(b"cut"), size=5)
        after = deposit.add(io.BytesIO(b"after"), size=5)
        assert deposit.finish() == [kept, after]
    assert scan.entries(backend, area, kept.pack) == [kept, after]
    assert [blob(backend, area, one).read() for one in (kept, after)] == [b"right", b"after"]


def test_an_unfinished_deposit_leaves_no_pack(backend: Backend, area: Area) -> None:
    with Deposit(backend, area) as deposit:
        deposit.add(io.BytesIO(b"x"), size=1)
    with Deposit(backend, area) as deposit:
        assert deposit.finish() == []
    assert list(scan.packs(backend, area.facility_id)) == []


def test_a_range_outside_is_refused_with_the_size(backend: Backend, area: Area) -> None:
    (stored,) = put(backend, area, b"12345")
    for start, end in ((5, 5), (0, 6), (-1, 2), (3, 2)):
        with pytest.raises(BadRange) as refused:
            blob(backend, area, stored).read_range(start, end)
        assert refused.value.values == {"size": 5}


def test_the_pack_shows_neither_bytes_nor_digest(area: Area) -> None:
    backend = MemoryBackend()
    (stored,) = put(backend, area, b"a face that must not show" * 10)
    raw = bytes(backend.objects[area.pack_name(stored.pack)])
    assert b"face" not in raw
    assert bytes.fromhex(stored.digest) not in raw
    assert stored.digest.encode() not in raw


def classes_of(stored: Stored, size: int) -> dict[str, int]:
    """A place in each class of bytes of a record of one frame, and of the pack around it."""
    start = stored.offset
    return {
        "record magic": start,
        "record frame size": start + 5,
        "record number": start + 12,
        "frame head": start + layout.RECORD_BYTES,
        "frame body": start + layout.RECORD_BYTES + 10,
        "frame tag": start + layout.RECORD_BYTES + 4 + stored.size + 3,
        "trailer magic": start + stored.length - layout.TRAILER_BYTES,
        "trailer body": start + stored.length - 30,
        "trailer tag": start + stored.length - 1,
    }


@pytest.mark.parametrize("place", list(classes_of(Stored("", "", 0, 200, 50), 0)))
def test_a_flipped_bit_in_a_record_is_never_served_and_hurts_no_other(area: Area, place: str) -> None:
    backend = MemoryBackend()
    first, second = put(backend, area, b"first" * 20, b"second" * 20)
    raw = backend.objects[area.pack_name(first.pack)]
    raw[classes_of(first, len(raw))[place]] ^= 1
    told: list[Stored] = []
    with pytest.raises(Damaged):
        Blob(backend, area, first, lambda _, stored: told.append(stored)).read_range(0, 1)
    assert told == [first]
    assert blob(backend, area, second).read() == b"second" * 20


def at_index(raw: bytearray) -> int:
    return layout.read_tail(bytes(raw[-layout.TAIL_BYTES :]))[0]


@pytest.mark.parametrize(
    "place", [lambda raw: 3, lambda raw: at_index(raw), lambda raw: at_index(raw) + 20, lambda raw: len(raw) - 1]
)
def test_a_flipped_bit_around_the_records_loses_nothing(area: Area, place: Callable[[bytearray], int]) -> None:
    backend = MemoryBackend()
    stored = put(backend, area, b"first" * 20, b"second" * 20)
    raw = backend.objects[area.pack_name(stored[0].pack)]
    raw[place(raw)] ^= 1
    assert scan.entries(backend, area, stored[0].pack) == stored
    assert [blob(backend, area, one).read() for one in stored] == [b"first" * 20, b"second" * 20]


def test_a_record_moved_to_another_place_or_area_is_damaged(area: Area) -> None:
    backend = MemoryBackend()
    first, second = put(backend, area, b"first" * 20, b"other" * 20)
    raw = backend.objects[area.pack_name(first.pack)]
    raw[first.offset : first.offset + first.length] = raw[second.offset : second.offset + second.length]
    with pytest.raises(Damaged):
        blob(backend, area, first).read()
    with pytest.raises(Damaged):
        blob(backend, Area(area.facility_id, b"z" * 32), second).read()
