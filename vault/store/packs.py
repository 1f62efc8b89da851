"""Writing packs: blobs are hashed, encrypted and appended as they stream in, and made durable once for all of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.base import ids
from vault.base.faults import Point, point
from vault.store import format as layout
from vault.store.backends import Backend, Buffer, Sink


class Source(Protocol):
    """Where the bytes of blobs come from."""

    def readinto(self, view: memoryview, /) -> int:
        """Fill as much of `view` as is at hand; 0 at the end."""


class Interrupted(Exception):
    """The source ended before the blob did."""


class Mismatch(Exception):
    """The bytes are not those that were announced."""


@dataclass(frozen=True)
class Stored:
    """A blob that lies in a pack; it may be registered once its deposit has finished."""

    digest: str
    pack: str
    offset: int
    length: int
    size: int


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


class Deposit:
    """
    Blobs of one call on their way into one new pack of an area.

    Nothing of it may be registered before `finish` returned. Leaving the block without it discards everything.
    """

    def __init__(self, backend: Backend, area: Area) -> None:
        self._backend, self._area = backend, area
        self._plain = memoryview(bytearray(layout.FRAME_BYTES))
        self._sealed = memoryview(bytearray(layout.FRAME_BYTES + layout.TAG))
        self._stored: list[Stored] = []
        self._sink: Sink | None = None
        self._begin()

    def _begin(self) -> None:
        self.pack = ids.new()
        self._cipher: AESGCM = layout.pack_cipher(self._area.key, self.pack)
        self._offset = 0
        self._records = 0

    @property
    def size(self) -> int:
        """Bytes written so far to the pack that is open."""
        return self._offset

    def add(self, source: Source, *, size: int | None = None, digest: str | None = None) -> Stored:
        """
        Take one blob of `size` bytes (None: to the source's end) whose SHA-256 is `digest` (hex; None: whatever it is).

        Raises Interrupted or Mismatch; the deposit then holds what it held before, and can go on or finish.
        """
        sink = self._open_sink()
        start = self._offset
        try:
            found, taken = self._write_frames(sink, source, size)
            if digest is not None and found.hex() != digest:
                raise Mismatch(digest)
        except BaseException:
            sink.rewind(start)
            self._offset = start
            raise
        stored = Stored(found.hex(), self.pack, start, self._offset - start, taken)
        self._stored.append(stored)
        point(Point.PACK_RECORD)
        return stored

    def finish(self) -> list[Stored]:
        """Write the index, pass the barrier, and tell what is durable now; a later `add` begins another pack."""
        stored, sink = self._stored, self._sink
        if sink is None:
            return []
        if not stored:
            sink.discard()
        else:
            entries = [layout.Entry(bytes.fromhex(s.digest), s.offset, s.length, s.size) for s in stored]
            sink.write([layout.index(self._cipher, entries, self._offset)])
            point(Point.PACK_INDEXED)
            sink.seal()
            point(Point.PACK_SEALED)
        self._sink, self._stored = None, []
        self._begin()
        return stored

    def discard(self) -> None:
        """Leave nothing of the open pack behind."""
        if self._sink is not None:
            self._sink.discard()
        self._sink, self._stored = None, []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.discard()

    def _open_sink(self) -> Sink:
        if self._sink is None:
            self._sink = self._backend.create(self._area.pack_name(self.pack))
            self._append(self._sink, layout.header(self._cipher, self._area.facility_id, self.pack))
            point(Point.PACK_BEGUN)
        return self._sink

    def _append(self, sink: Sink, *buffers: Buffer) -> None:
        sink.write(buffers)
        self._offset += sum(len(buffer) for buffer in buffers)

    def _write_frames(self, sink: Sink, source: Source, size: int | None) -> tuple[bytes, int]:
        """Append a whole record; returns the blob's digest and size."""
        self._records += 1
        head = layout.record_header(self._records)
        running, taken = hashlib.sha256(), 0
        pending: tuple[Buffer, ...] = (head,)
        for place, (plain, last) in enumerate(self._frames(source, size)):
            taken += len(plain)
            sealed = self._sealed[: len(plain) + layout.TAG]
            running.update(plain)
            front = layout.frame_head(len(plain), last=last)
            self._cipher.encrypt_into(layout.nonce(self._records, place), plain, head + front, sealed)
            self._append(sink, *pending, front, sealed)
            pending = ()
        digest = running.digest()
        self._append(sink, layout.trailer(self._cipher, head, digest, taken))
        return digest, taken

    def _frames(self, source: Source, size: int | None) -> Iterator[tuple[memoryview, bool]]:
        """The blob in full frames and a last one; every view is overwritten by the next but one."""
        if size is None:
            yield from self._frames_to_the_end(source)
            return
        left = size
        while True:
            wanted = min(layout.FRAME_BYTES, left)
            if _fill(source, self._plain[:wanted]) < wanted:
                raise Interrupted("the source ended before the blob did")
            left -= wanted
            yield self._plain[:wanted], not left
            if not left:
                return

    def _frames_to_the_end(self, source: Source) -> Iterator[tuple[memoryview, bool]]:
        """Whether a full frame is the last is known only once the next has been tried."""
        here, ahead = self._plain, memoryview(bytearray(layout.FRAME_BYTES))
        length = _fill(source, here)
        while length == layout.FRAME_BYTES and (following := _fill(source, ahead)):
            yield here, False
            here, ahead, length = ahead, here, following
        yield here[:length], True


def _fill(source: Source, view: memoryview) -> int:
    """Read until `view` is full or the source ends; returns how many bytes."""
    filled = 0
    while filled < len(view):
        read = source.readinto(view[filled:])
        if not read:
            break
        filled += read
    return filled
