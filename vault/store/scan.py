"""What a pack holds, told by the pack alone: by its index, or where that is lost by walking its records."""

from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.store import format as layout
from vault.store.backends import Backend, Missing, Reading
from vault.store.records import read_list
from vault.store.writing import Area, Stored

_LOST = (InvalidTag, layout.Broken, Missing)
_WINDOW = 2**20


def packs(backend: Backend, facility_id: str) -> Iterator[str]:
    """Ids of all packs of an area."""
    for name in backend.names(f"{facility_id}/packs/"):
        yield name.rsplit("/", 1)[1].removesuffix(".pack")


def entries(backend: Backend, area: Area, pack: str) -> list[Stored]:
    """
    The blobs of a pack, parts and lists among them; a list that cannot be read any more is not among them.

    A pack that was never finished gives the complete records before its end.
    """
    name = area.pack_name(pack)
    cipher = layout.pack_cipher(area.key, pack)
    with backend.open(name) as reading:
        size = backend.size(name)
        try:
            found = indexed(reading, cipher, size)
        except _LOST:
            found = list(walked(reading, cipher, size))
        return [stored for entry in found if (stored := _stored(reading, cipher, pack, entry)) is not None]


def _stored(reading: Reading, cipher: AESGCM, pack: str, entry: layout.Entry) -> Stored | None:
    parts: tuple[tuple[str, int], ...] = ()
    if entry.kind is layout.Kind.LIST:
        try:
            parts = read_list(reading, cipher, entry)
        except _LOST:
            return None
    is_part = entry.kind is layout.Kind.PART
    return Stored(entry.digest.hex(), pack, entry.offset, entry.length, entry.size, is_part, parts)


def indexed(reading: Reading, cipher: AESGCM, size: int) -> list[layout.Entry]:
    """The records of a pack of `size` bytes by its index; raises Broken, InvalidTag or Missing."""
    if size < layout.HEADER_BYTES + layout.TAIL_BYTES:
        raise layout.Broken("too short")
    offset, length = layout.read_tail(reading.read(size - layout.TAIL_BYTES, layout.TAIL_BYTES))
    if offset + length + layout.TAIL_BYTES != size:
        raise layout.Broken("tail")
    return layout.open_index(cipher, reading.read(offset, length))


def is_torn(backend: Backend, area: Area, pack: str) -> bool:
    """
    Whether a pack is one of this area whose writing was cut before its first record was whole.

    Its header says so under the area's key, or the pack is too short to hold a record: one that cannot be opened for
    another reason, such as a wrong key, is not torn.
    """
    name = area.pack_name(pack)
    with backend.open(name) as reading:
        size = backend.size(name)
        if size < layout.HEADER_BYTES + layout.record_length(0):
            return True
        cipher = layout.pack_cipher(area.key, pack)
        try:
            layout.check_header(cipher, reading.read(0, layout.HEADER_BYTES), area.facility_id, pack)
        except layout.Broken:
            return False
        return next(walked(reading, cipher, size), None) is None


def walked(reading: Reading, cipher: AESGCM, size: int) -> Iterator[layout.Entry]:
    """Follow the frames from the first record on; where no whole record stands, look for the next that does."""
    offset: int | None = layout.HEADER_BYTES
    while offset is not None and offset + layout.RECORD_BYTES < size:
        try:
            entry = _record_at(reading, cipher, offset)
        except _LOST:
            offset = _next_magic(reading, offset + 1, size)
            continue
        yield entry
        offset += entry.length


def _next_magic(reading: Reading, start: int, size: int) -> int | None:
    """Where a record's header may begin, from `start` on."""
    magic = layout.RECORD_MAGIC
    while start < size:
        window = reading.read(start, min(_WINDOW, size - start))
        found = window.find(magic)
        if found >= 0:
            return start + found
        if start + len(window) >= size:
            return None
        start += len(window) - len(magic) + 1
    return None


def _record_at(reading: Reading, cipher: AESGCM, offset: int) -> layout.Entry:
    head = reading.read(offset, layout.RECORD_BYTES)
    _, frame_bytes = layout.read_record_header(head)
    at, last, taken = offset + layout.RECORD_BYTES, False, 0
    while not last:
        length, last = layout.read_frame_head(reading.read(at, 4))
        if length > frame_bytes or (length < frame_bytes and not last):
            raise layout.Broken("frame length")
        at += length + layout.FRAME_OVERHEAD
        taken += length
    digest, size, kind = layout.open_trailer(cipher, head, reading.read(at, layout.TRAILER_BYTES))
    if size != taken and kind is not layout.Kind.LIST:
        raise layout.Broken("size")
    return layout.Entry(digest, offset, at + layout.TRAILER_BYTES - offset, size, kind)
