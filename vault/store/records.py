"""Reading a blob back: every byte is authenticated before it is handed on; altered bytes raise Damaged."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.base.errors import BadRange, Damaged
from vault.store import format as layout
from vault.store.backends import Backend, Missing, Reading
from vault.store.writing import Area, Stored

EAGER_BYTES = 4 * 2**20
"""Up to this much is verified before the first byte is handed on, so that damage becomes an answer, not a cut."""


class Blob:
    """A blob to be read; what its record or its list proves is checked against the row before any byte is given."""

    def __init__(
        self,
        backend: Backend,
        area: Area,
        stored: Stored,
        on_damage: Callable[[Area, Stored], None],
        parts: Sequence[Stored] = (),
    ) -> None:
        """`parts` say where each part lies of a blob that is kept in parts, in order."""
        self.digest, self.size = stored.digest, stored.size
        self._stored, self._area, self._on_damage = stored, area, on_damage
        self._backend = backend
        self._parts = [Blob(backend, area, part, on_damage) for part in parts]
        self._cipher = layout.pack_cipher(area.key, stored.pack)

    def read(self) -> bytes:
        """The whole blob."""
        return b"".join(self.read_range(0, self.size))

    def read_range(self, start: int, end: int) -> Iterator[bytes]:
        """
        Bytes `start` up to but not including `end`, in pieces of one frame at most.

        Raises BadRange (with `size`) outside the blob, and Damaged: at the call when the damage lies in the first
        4 MiB asked for, else from the iterator, always before the damaged frame's first byte.
        """
        if not 0 <= start <= end <= self.size or (start == self.size and self.size):
            raise BadRange(size=self.size)
        pieces = self._pieces(start, end)
        first: list[bytes] = []
        while sum(map(len, first)) < EAGER_BYTES and (piece := next(pieces, None)) is not None:
            first.append(piece)
        return chain(first, pieces)

    def _pieces(self, start: int, end: int) -> Iterator[bytes]:
        try:
            with self._backend.open(self._area.pack_name(self._stored.pack)) as pack:
                if not self._parts:
                    yield from self._verified(pack, start, end)
                    return
                self._check_list(pack)
        except (InvalidTag, layout.Broken, Missing) as problem:
            self._on_damage(self._area, self._stored)
            raise Damaged(digest=self.digest) from problem
        yield from self._of_parts(start, end)

    def _of_parts(self, start: int, end: int) -> Iterator[bytes]:
        first = 0
        for part in self._parts:
            last = first + part.size
            if first < end and start < last:
                yield from part.read_range(max(0, start - first), min(end, last) - first)
            first = last

    def _check_list(self, pack: Reading) -> None:
        """The list in the pack names the parts that the rows name, under the digest asked for."""
        stored = self._stored
        entry = layout.Entry(bytes.fromhex(stored.digest), stored.offset, stored.length, stored.size, layout.Kind.LIST)
        if list(read_list(pack, self._cipher, entry)) != [(part.digest, part.size) for part in self._parts]:
            raise layout.Broken("not the parts of the rows")

    def _verified(self, pack: Reading, start: int, end: int) -> Iterator[bytes]:
        stored, offset = self._stored, self._stored.offset
        head = pack.read(offset, layout.RECORD_BYTES)
        _, frame_bytes = layout.read_record_header(head)
        if layout.record_length(stored.size, frame_bytes) != stored.length:
            raise layout.Broken("record length")
        trailer = pack.read(offset + stored.length - layout.TRAILER_BYTES, layout.TRAILER_BYTES)
        digest, size, kind = layout.open_trailer(self._cipher, head, trailer)
        if (digest.hex(), size) != (stored.digest, stored.size) or kind is layout.Kind.LIST:
            raise layout.Broken("not the blob of the row")
        yield from frames(pack, self._cipher, offset, head, stored.size, start, end)


def read_list(pack: Reading, cipher: AESGCM, entry: layout.Entry) -> tuple[tuple[str, int], ...]:
    """Digest and size of the parts in the list's record at `entry`; raises Broken, InvalidTag or Missing."""
    head = pack.read(entry.offset, layout.RECORD_BYTES)
    _, frame_bytes = layout.read_record_header(head)
    end = entry.offset + entry.length - layout.TRAILER_BYTES
    if layout.open_trailer(cipher, head, pack.read(end, layout.TRAILER_BYTES)) != (
        entry.digest,
        entry.size,
        layout.Kind.LIST,
    ):
        raise layout.Broken("not the list of the row")
    size = layout.content_bytes(entry.length, frame_bytes)
    content = b"".join(frames(pack, cipher, entry.offset, head, size, 0, size))
    return layout.read_list(content, entry.size)


def frames(pack: Reading, cipher: AESGCM, offset: int, head: bytes, size: int, start: int, end: int) -> Iterator[bytes]:
    """Bytes `start` to `end` of the `size` bytes in the record at `offset`, each frame authenticated."""
    _, frame_bytes = layout.read_record_header(head)
    count = layout.frames_of(size, frame_bytes)
    for place in range(start // frame_bytes, max(1, -(-end // frame_bytes))):
        first = place * frame_bytes
        length = min(frame_bytes, size - first)
        at = offset + layout.RECORD_BYTES + place * (frame_bytes + layout.FRAME_OVERHEAD)
        found = pack.read(at, length + layout.FRAME_OVERHEAD)
        plain = layout.open_frame(cipher, head, place, found, length=length, last=place == count - 1)
        yield plain[max(0, start - first) : end - first]
