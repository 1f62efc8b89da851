"""
What a pack is made of, piece by piece, and which pieces of a copy of it are not what was written.

Copies of a pack are equal byte for byte, so the layout that one sound copy tells holds for every other.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.store import format as layout
from vault.store import scan
from vault.store.backends import Backend, Missing, Reading
from vault.store.format import Entry, Kind
from vault.store.records import frames
from vault.store.writing import Area

LOST = (InvalidTag, layout.Broken, Missing)


class Part(StrEnum):
    """The classes of bytes in a pack; `PACK` is all of one that is not there."""

    HEADER = "header"
    RECORD = "record"
    INDEX = "index"
    TAIL = "tail"
    PACK = "pack"


@dataclass(frozen=True)
class Piece:
    """Bytes `start` up to but not including `end` of a pack; `entry` is what a record holds."""

    part: Part
    start: int
    end: int
    entry: Entry | None = None

    @property
    def digest(self) -> str | None:
        """The blob (hex) that the piece is the record of."""
        return self.entry.digest.hex() if self.entry else None


@dataclass(frozen=True)
class Plan:
    """
    The pieces of a pack, in order and without a gap. `is_complete` says that the index was read, so that nothing can
    be in the pack that the plan does not show.
    """

    area: Area
    pack: str
    cipher: AESGCM
    pieces: tuple[Piece, ...]
    is_complete: bool

    @property
    def name(self) -> str:
        """Where the pack lies in a backend."""
        return self.area.pack_name(self.pack)

    @property
    def entries(self) -> list[Entry]:
        """The records, in order."""
        return [piece.entry for piece in self.pieces if piece.entry is not None]

    @property
    def size(self) -> int:
        """Bytes of the whole pack."""
        return self.pieces[-1].end


def plan(backends: Iterable[Backend], area: Area, pack: str, known: Sequence[Entry], *, unfinished: bool) -> Plan:
    """
    The layout of a pack by the first copy whose index can be read; else by `known` (what rows say) and by walking.

    `unfinished` packs were adopted after a stop: they may end without an index.
    """
    cipher = layout.pack_cipher(area.key, pack)
    walked: dict[int, Entry] = {entry.offset: entry for entry in known}
    with ExitStack() as stack:
        for backend in backends:
            try:
                size = backend.size(area.pack_name(pack))
                reading = stack.enter_context(backend.open(area.pack_name(pack)))
                entries = scan.indexed(reading, cipher, size)
            except Missing:
                continue
            except LOST:
                walked |= {entry.offset: entry for entry in scan.walked(reading, cipher, size)}
                continue
            return Plan(area, pack, cipher, tuple(_pieces(entries, size)), is_complete=True)
    entries = [walked[offset] for offset in sorted(walked)]
    end = max((entry.offset + entry.length for entry in entries), default=layout.HEADER_BYTES)
    size = 0 if unfinished else end + len(layout.index(cipher, entries, end))
    return Plan(area, pack, cipher, tuple(_pieces(entries, size)), is_complete=False)


def unsound(
    backend: Backend, plan: Plan, pieces: Iterable[Piece], read: Callable[[int], None] = lambda _: None
) -> Iterator[Piece]:
    """
    Those of `pieces` that this copy does not hold as they were written; a missing pack is one piece, `Part.PACK`.

    Each frame is authenticated and each blob hashed; `read` hears of the bytes as they are read.
    """
    try:
        size = backend.size(plan.name)
        reading = backend.open(plan.name)
    except Missing:
        yield Piece(Part.PACK, 0, plan.size)
        return
    with reading:
        for piece in pieces:
            try:
                _check(reading, plan, piece, size, read)
            except LOST:
                yield piece


def raw(reading: Reading, piece: Piece) -> Iterator[bytes]:
    """The bytes of a piece as they lie there, a megabyte at a time; raises Missing."""
    for start in range(piece.start, piece.end, 2**20):
        yield reading.read(start, min(2**20, piece.end - start))


def made_anew(plan: Plan, piece: Piece) -> bytes:
    """The bytes of a header, an index or a tail, which follow from what the pack holds; b"" for a record."""
    last = max((entry.offset + entry.length for entry in plan.entries), default=layout.HEADER_BYTES)
    match piece.part:
        case Part.HEADER:
            return layout.header(plan.cipher, plan.area.facility_id, plan.pack)
        case Part.INDEX:
            return layout.index(plan.cipher, plan.entries, last)[: -layout.TAIL_BYTES]
        case Part.TAIL:
            return layout.index(plan.cipher, plan.entries, last)[-layout.TAIL_BYTES :]
        case _:
            return b""


def _pieces(entries: Sequence[Entry], size: int) -> Iterator[Piece]:
    """Header, records, and where `size` (of the whole pack) leaves room for them index and tail."""
    yield Piece(Part.HEADER, 0, layout.HEADER_BYTES)
    end = layout.HEADER_BYTES
    for entry in sorted(entries, key=lambda one: one.offset):
        if entry.offset > end:
            yield Piece(
                Part.RECORD, end, entry.offset
            )  # what stood there can be told no more, and nothing points there
        end = entry.offset + entry.length
        yield Piece(Part.RECORD, entry.offset, end, entry)
    if size:
        yield Piece(Part.INDEX, end, size - layout.TAIL_BYTES)
        yield Piece(Part.TAIL, size - layout.TAIL_BYTES, size)


def _check(reading: Reading, plan: Plan, piece: Piece, size: int, read: Callable[[int], None]) -> None:
    """Raise what `LOST` names unless the piece is sound."""
    if piece.entry is not None:
        _check_record(reading, plan.cipher, piece.entry, read)
        return
    found = reading.read(piece.start, piece.end - piece.start)
    read(len(found))
    match piece.part:
        case Part.RECORD:
            raise layout.Broken("unknown record")
        case Part.HEADER:
            layout.check_header(plan.cipher, found, plan.area.facility_id, plan.pack)
        case Part.INDEX:
            if layout.open_index(plan.cipher, found) != plan.entries:
                raise layout.Broken("index")
        case _:
            index = plan.pieces[-2]
            if layout.read_tail(found) != (index.start, index.end - index.start) or size != piece.end:
                raise layout.Broken("tail")


def _check_record(reading: Reading, cipher: AESGCM, entry: Entry, read: Callable[[int], None]) -> None:
    head = reading.read(entry.offset, layout.RECORD_BYTES)
    _, frame_bytes = layout.read_record_header(head)
    end = entry.offset + entry.length - layout.TRAILER_BYTES
    proved = layout.open_trailer(cipher, head, reading.read(end, layout.TRAILER_BYTES))
    if proved[:2] != (entry.digest, entry.size) or (proved[2] is Kind.LIST) != (entry.kind is Kind.LIST):
        raise layout.Broken("trailer")
    size = layout.content_bytes(entry.length, frame_bytes)
    running, kept = hashlib.sha256(), bytearray()
    for plain in frames(reading, cipher, entry.offset, head, size, 0, size):
        running.update(plain)
        if entry.kind is Kind.LIST:
            kept += plain
        read(len(plain))
    if entry.kind is Kind.LIST:
        layout.read_list(bytes(kept), entry.size)
    elif running.digest() != entry.digest:
        raise layout.Broken("digest")
