"""Damage done to packs in place: bits flipped in each class of bytes, ends cut off; and which blobs it touches."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.store import format as layout
from vault.store.backends.disk import DiskBackend
from vault.store.backends.memory import MemoryBackend
from vault.store.models import BlobPart, BlobRow
from vault.store.packs import Stored, name_of

Storage = DiskBackend | MemoryBackend


def raw(backend: Storage, name: str) -> bytearray:
    """The bytes of an object as they lie there."""
    if isinstance(backend, MemoryBackend):
        return bytearray(backend.objects[name])
    return bytearray((backend.root / name).read_bytes())


def write(backend: Storage, name: str, content: bytes | bytearray) -> None:
    """Put other bytes in its place, as rot does: nothing is told."""
    if isinstance(backend, MemoryBackend):
        backend.objects[name] = bytearray(content)
    else:
        (backend.root / name).write_bytes(content)


def byte_classes(content: bytes | bytearray, records: list[tuple[int, int]]) -> Iterator[tuple[str, int]]:
    """A place in each class of bytes of a pack whose records stand at (offset, length)."""
    for name, place in {"magic": 0, "version": 9, "area": 20, "pack": 50, "header tag": 70}.items():
        yield f"header: {name}", place
    for offset, length in records:
        end = offset + length
        yield "record: magic", offset
        yield "record: frame size", offset + 7
        yield "record: number", offset + 15
        yield "frame: head", offset + layout.RECORD_BYTES
        yield "frame: length", offset + layout.RECORD_BYTES + 3
        yield "frame: body or tag", offset + layout.RECORD_BYTES + 4
        yield "frame: last of its tag", end - layout.TRAILER_BYTES - 1
        yield "trailer: name", end - layout.TRAILER_BYTES
        yield "trailer: digest", end - 50
        yield "trailer: tag", end - 1
    index, _ = layout.read_tail(bytes(content[-layout.TAIL_BYTES :]))
    for name, place in {"magic": 0, "count": 7, "line": 12}.items():
        yield f"index: {name}", index + place
    tail = len(content) - layout.TAIL_BYTES
    yield "index: tag", tail - 1
    for name, place in {"magic": 0, "offset": 15, "length": 19, "checksum": 23}.items():
        yield f"tail: {name}", tail + place


@dataclass
class Spoilt:
    """What was done to the packs of a store so far: bits that are not as written, and where packs were cut."""

    backend: Storage
    bits: set[tuple[str, int, int]] = field(default_factory=set)
    cuts: dict[str, int] = field(default_factory=dict)

    def flip(self, facility_id: str, pack: str, place: int, bit: int) -> None:
        """Another bit there; the same one again is as it was."""
        name = name_of(facility_id, pack)
        content = raw(self.backend, name)
        content[place] ^= 1 << bit
        write(self.backend, name, content)
        self.bits ^= {(pack, place, bit)}

    def cut(self, facility_id: str, pack: str, size: int) -> None:
        """All from byte `size` on is gone."""
        name = name_of(facility_id, pack)
        write(self.backend, name, raw(self.backend, name)[:size])
        self.cuts[pack] = min(size, self.cuts.get(pack, size))

    def touches(self, one: BlobRow | Stored) -> bool:
        """Whether a byte of that record is not what was written."""
        end = one.offset + one.length
        cut = self.cuts.get(one.pack, end)
        return cut < end or any(pack == one.pack and one.offset <= place < end for pack, place, _ in self.bits)

    def touches_blob(self, session: Session, facility_id: str, digest: str) -> bool:
        """Whether the blob's record, its list or one of its parts was touched; True as well where a row is lost."""
        rows = {row.digest: row for row in session.scalars(select(BlobRow).where(BlobRow.facility_id == facility_id))}
        mine = select(BlobPart.part).where(BlobPart.facility_id == facility_id, BlobPart.digest == digest)
        return any(one not in rows or self.touches(rows[one]) for one in [digest, *session.scalars(mine)])
