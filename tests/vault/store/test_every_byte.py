"""Every byte of a pack of each version altered in turn, and each cut off: what was not touched is found and read."""

import hashlib
import io
from collections.abc import Iterator

import pytest

from tests.vault.store.spoiling import Spoilt, byte_classes, raw
from tests.vault.store.test_parts import AREA, _EntryOf1
from vault.base.errors import Damaged
from vault.store import format as layout
from vault.store import packs, scan
from vault.store.backends.memory import MemoryBackend
from vault.store.packs import Deposit, Stored
from vault.store.records import Blob

FRAME, PART = 64, 128
CONTENTS = [b"", b"one frame", bytes(range(100)), b"the last one"]
LARGE = hashlib.shake_128(b"large").digest(2 * PART + 5)


class Made:
    """A pack, what it holds, and what each blob of it is."""

    def __init__(self, contents: list[bytes]) -> None:
        self.backend = MemoryBackend()
        with Deposit(self.backend, AREA) as deposit:
            self.wholes = {content: deposit.add(io.BytesIO(content), size=len(content)) for content in contents}
            self.stored = deposit.finish()
        self.pack = self.stored[0].pack
        self.name = AREA.pack_name(self.pack)
        self.written = bytes(raw(self.backend, self.name))

    def records_of(self, whole: Stored) -> list[Stored]:
        """The blob's own record, and those of its parts."""
        by_digest = {one.digest: one for one in self.stored}
        return [whole, *(by_digest[digest] for digest, _ in whole.parts)]

    def check(self, spoilt: Spoilt) -> None:
        """Each blob is read as it was, or is damaged where a byte of its own was touched; the pack tells the others."""
        told = scan.entries(self.backend, AREA, self.pack)
        assert {one for one in self.stored if not spoilt.touches(one)} <= set(told) <= set(self.stored)
        for content, whole in self.wholes.items():
            own = self.records_of(whole)
            blob = Blob(self.backend, AREA, whole, lambda *_: None, own[1:])
            try:
                assert blob.read() == content
            except Damaged:
                assert any(spoilt.touches(one) for one in own), "nobody touched it"
            else:
                assert not any(spoilt.touches(one) for one in own), "altered bytes are never taken for sound"


@pytest.fixture(params=[1, 2])
def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    monkeypatch.setattr(layout, "FRAME_BYTES", FRAME)
    monkeypatch.setattr(layout.record_header, "__defaults__", (FRAME,))
    monkeypatch.setattr(packs, "PART_BYTES", PART)
    if request.param == 2:
        yield Made([*CONTENTS, LARGE])
        return
    with monkeypatch.context() as of_before:
        of_before.setattr(layout, "_INDEX_MAGIC", b"KIDX")
        of_before.setattr(layout, "_ENTRY", _EntryOf1())
        of_before.setattr(layout.header, "__defaults__", (1,))
        found = Made(CONTENTS)
    yield found


def test_a_flipped_bit_in_each_byte_is_told_by_the_blob_it_hit_and_hurts_no_other(made: Made) -> None:
    for place in range(len(made.written)):
        spoilt = Spoilt(made.backend)
        spoilt.flip(AREA.facility_id, made.pack, place, place % 8)
        made.check(spoilt)
        spoilt.flip(AREA.facility_id, made.pack, place, place % 8)
    assert raw(made.backend, made.name) == made.written


def test_each_bit_of_a_byte_of_every_class(made: Made) -> None:
    places = byte_classes(made.written, [(one.offset, one.length) for one in made.stored])
    for place in dict(places).values():
        for bit in range(8):
            spoilt = Spoilt(made.backend)
            spoilt.flip(AREA.facility_id, made.pack, place, bit)
            made.check(spoilt)
            spoilt.flip(AREA.facility_id, made.pack, place, bit)


def test_cut_off_anywhere_it_tells_what_is_whole_before(made: Made) -> None:
    for size in range(len(made.written), -1, -1):
        spoilt = Spoilt(made.backend)
        spoilt.cut(AREA.facility_id, made.pack, size)
        made.check(spoilt)


def test_with_its_index_lost_and_one_record_damaged_the_records_behind_it_are_found(made: Made) -> None:
    first, *others = made.stored
    spoilt = Spoilt(made.backend)
    spoilt.cut(AREA.facility_id, made.pack, len(made.written) - layout.TAIL_BYTES)
    for place in (first.offset, first.offset + layout.RECORD_BYTES, first.offset + first.length - 1):
        spoilt.flip(AREA.facility_id, made.pack, place, 0)
        assert scan.entries(made.backend, AREA, made.pack) == others
        spoilt.flip(AREA.facility_id, made.pack, place, 0)


def test_torn_is_only_what_was_never_whole(made: Made) -> None:
    first = made.stored[0]
    assert not scan.is_torn(made.backend, AREA, made.pack)
    for size, torn in ((first.offset + first.length, False), (first.offset + first.length - 1, True), (20, True)):
        Spoilt(made.backend).cut(AREA.facility_id, made.pack, size)
        assert scan.is_torn(made.backend, AREA, made.pack) is torn


def test_what_another_key_would_open_is_not_torn(made: Made) -> None:
    other = packs.Area(AREA.facility_id, b"z" * 32)
    assert scan.entries(made.backend, other, made.pack) == []
    assert not scan.is_torn(made.backend, other, made.pack)
