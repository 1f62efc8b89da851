"""Reading a blob back: every byte is authenticated before it is handed on; altered bytes raise Damaged."""

from collections.abc import Callable, Iterator
from itertools import chain

from cryptography.exceptions import InvalidTag

from vault.base.errors import BadRange, Damaged
from vault.store import format as layout
from vault.store.backends import Backend, Missing, Reading
from vault.store.packs import Area, Stored

EAGER_BYTES = 4 * 2**20
"""Up to this much is verified before the first byte is handed on, so that damage becomes an answer, not a cut."""


class Blob:
    """A blob whose record has been found and whose digest and size have been proved to be those of the row."""

    def __init__(self, backend: Backend, area: Area, stored: Stored, on_damage: Callable[[Area, Stored], None]) -> None:
        self.digest, self.size = stored.digest, stored.size
        self._stored, self._area, self._on_damage = stored, area, on_damage
        self._backend = backend
        self._name = area.pack_name(stored.pack)
        self._cipher = layout.pack_cipher(area.key, stored.pack)

    def read(self) -> bytes:
        """The whole blob."""
        return b"".join(self.read_range(0, self.size))

    def read_range(self, start: int, end: int) -> Iterator[bytes]:
        """
        Bytes `start` up to but not including `end`, in parts of one frame at most.

        Raises BadRange (with `size`) outside the blob, and Damaged: at the call when the damage lies in the first
        4 MiB asked for, else from the iterator, always before the damaged frame's first byte.
        """
        if not 0 <= start <= end <= self.size or (start == self.size and self.size):
            raise BadRange(size=self.size)
        parts = self._parts(start, end)
        first: list[bytes] = []
        while sum(map(len, first)) < EAGER_BYTES and (part := next(parts, None)) is not None:
            first.append(part)
        return chain(first, parts)

    def _parts(self, start: int, end: int) -> Iterator[bytes]:
        try:
            with self._backend.open(self._name) as pack:
                yield from self._verified(pack, start, end)
        except (InvalidTag, layout.Broken, Missing) as problem:
            self._on_damage(self._area, self._stored)
            raise Damaged(digest=self.digest) from problem

    def _verified(self, pack: Reading, start: int, end: int) -> Iterator[bytes]:
        stored, offset = self._stored, self._stored.offset
        head = pack.read(offset, layout.RECORD_BYTES)
        _, frame_bytes = layout.read_record_header(head)
        if layout.record_length(stored.size, frame_bytes) != stored.length:
            raise layout.Broken("record length")
        trailer = pack.read(offset + stored.length - layout.TRAILER_BYTES, layout.TRAILER_BYTES)
        if layout.open_trailer(self._cipher, head, trailer) != (bytes.fromhex(stored.digest), stored.size):
            raise layout.Broken("not the blob of the row")
        count = layout.frames_of(stored.size, frame_bytes)
        for place in range(start // frame_bytes, max(1, -(-end // frame_bytes))):
            first = place * frame_bytes
            length = min(frame_bytes, stored.size - first)
            at = offset + layout.RECORD_BYTES + place * (frame_bytes + layout.FRAME_OVERHEAD)
            found = pack.read(at, length + layout.FRAME_OVERHEAD)
            plain = layout.open_frame(self._cipher, head, place, found, length=length, last=place == count - 1)
            yield plain[max(0, start - first) : end - first]
