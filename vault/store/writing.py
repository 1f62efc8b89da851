"""One pack being written: records are hashed, encrypted and appended as they stream in, then an index ends it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.base import ids
from vault.base.faults import Point, point
from vault.store import format as layout
from vault.store.backends import Backend, Buffer
from vault.store.frames import Frame


@dataclass(frozen=True)
class Stored:
    """
    A blob that lies in a pack; it may be registered once its deposit has finished.

    Where a blob is kept in parts, `parts` are digest and size of each in order, and the place is that of their list.
    """

    digest: str
    pack: str
    offset: int
    length: int
    size: int
    is_part: bool = False
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def kind(self) -> layout.Kind:
        """What its record holds."""
        return layout.Kind.PART if self.is_part else layout.Kind.LIST if self.parts else layout.Kind.BLOB


def name_of(facility_id: str, pack: str) -> str:
    """Where a pack lies in the backend; the last letter of its id is random and spreads packs over 32 folders."""
    return f"{facility_id}/packs/{pack[-1]}/{pack}.pack"


@dataclass(frozen=True)
class Area:
    """An area whose data key has been opened."""

    facility_id: str
    key: bytes

    def pack_name(self, pack: str) -> str:
        """Where a pack of this area lies in the backend."""
        return name_of(self.facility_id, pack)


@dataclass(frozen=True)
class Body:
    """
    A record before its trailer; `digest` is the running SHA-256 of its frames. The last frame, `unwritten`, goes with
    the trailer in one call, so whoever has a body ends it before anything else is appended.
    """

    head: bytes
    start: int
    size: int
    digest: Any
    unwritten: tuple[Buffer, ...]


class PackWriter:
    """A new pack of an area; nothing of it counts until `seal` has returned."""

    def __init__(self, backend: Backend, area: Area, sealed: memoryview) -> None:
        """`sealed` holds a frame and its tag while it is on its way; writers may share it one after the other."""
        self.pack = ids.new()
        self.name = area.pack_name(self.pack)
        self.size = 0
        self.stored: list[Stored] = []
        self._frame, self._records = sealed, 0
        self._cipher: AESGCM = layout.pack_cipher(area.key, self.pack)
        self._sink = backend.create(self.name)
        try:
            self._append(layout.header(self._cipher, area.facility_id, self.pack))
            point(Point.PACK_BEGUN)
        except BaseException:
            self.discard()
            raise

    def body(self, frames: Iterable[Frame], whole: Any = None) -> Body:
        """Begin a record, up to its trailer; `whole` is a running digest that takes the same bytes."""
        self._records += 1
        start, head = self.size, layout.record_header(self._records)
        running, taken = hashlib.sha256(), 0
        unwritten: tuple[Buffer, ...] = (head,)
        for place, (plain, last) in enumerate(frames):
            if place:
                self._append(*unwritten)
                unwritten = ()
            taken += len(plain)
            sealed = self._frame[: len(plain) + layout.TAG]
            running.update(plain)
            if whole is not None:
                whole.update(plain)
            front = layout.frame_head(len(plain), last=last)
            self._cipher.encrypt_into(layout.nonce(self._records, place), plain, head + front, sealed)
            unwritten = (*unwritten, front, sealed)
        return Body(head, start, taken, running, unwritten)

    def end(self, body: Body, *, is_part: bool = False) -> Stored:
        """Append the trailer of a blob, or of a part of one."""
        digest = body.digest.digest()
        kind = layout.Kind.PART if is_part else layout.Kind.BLOB
        self._append(*body.unwritten, layout.trailer(self._cipher, body.head, digest, body.size, kind))
        return self._kept(Stored(digest.hex(), self.pack, body.start, self.size - body.start, body.size, is_part))

    def end_list(self, body: Body, digest: str, parts: tuple[tuple[str, int], ...]) -> Stored:
        """Append the trailer of a list, whose body is `format.list_content` of its parts."""
        size = sum(length for _, length in parts)
        ended = layout.trailer(self._cipher, body.head, bytes.fromhex(digest), size, layout.Kind.LIST)
        self._append(*body.unwritten, ended)
        return self._kept(Stored(digest, self.pack, body.start, self.size - body.start, size, parts=parts))

    def rewind(self, size: int, stored: int) -> None:
        """Forget every byte from offset `size` on, and all but the first `stored` blobs."""
        self._sink.rewind(size)
        self.size = size
        del self.stored[stored:]

    def seal(self) -> None:
        """Write the index and pass the barrier."""
        entries = [layout.Entry(bytes.fromhex(s.digest), s.offset, s.length, s.size, s.kind) for s in self.stored]
        self._sink.write([layout.index(self._cipher, entries, self.size)])
        point(Point.PACK_INDEXED)
        self._sink.seal()
        point(Point.PACK_SEALED)

    def discard(self) -> None:
        """Leave nothing behind of a pack that was not sealed."""
        self._sink.discard()

    def _kept(self, stored: Stored) -> Stored:
        self.stored.append(stored)
        point(Point.PACK_RECORD)
        return stored

    def _append(self, *buffers: Buffer) -> None:
        self._sink.write(buffers)
        self.size += sum(len(buffer) for buffer in buffers)
