"""What a pack holds, told by the pack alone: by its index, or where that is lost by walking its records."""

from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.store import format as layout
from vault.store.backends import Backend, Missing, Reading
from vault.store.records import read_list
from vault.store.writing import Area, Stored

_LOST = (InvalidTag, layout.Broken, Missing)


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
            found = _indexed(reading, cipher, size)
        except _LOST:
            found = list(_walked(reading, cipher, size))
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


def _indexed(reading: Reading, cipher: AESGCM, size: int) -> list[layout.Entry]:
    if size < layout.HEADER_BYTES + layout.TAIL_BYTES:
        raise layout.Broken("too short")
    offset, length = layout.read_tail(reading.read(size - layout.TAIL_BYTES, layout.TAIL_BYTES))
    if offset + length + layout.TAIL_BYTES != size:
        raise layout.Broken("tail")
    return layout.open_index(cipher, reading.read(offset, length))


def _walked(reading: Reading, cipher: AESGCM, size: int) -> Iterator[layout.Entry]:
    """Follow the frames from the first record on; ends at the first place where no whole record stands."""
    offset = layout.HEADER_BYTES
    while offset + layout.RECORD_BYTES < size:
        try:
            entry = _record_at(reading, cipher, offset)
        except _LOST:
            return
        yield entry
        offset += entry.length


def _record_at(reading: Reading, cipher: AESGCM, offset: int) -> layout.Entry:
    head = reading.read(offset, layout.RECORD_BYTES)
    _, frame_bytes = layout.read_record_header(head)
    at, last, taken = offset + layout.RECORD_BYTES, False, 0
    while not last:
        length, last = layout.read_frame_head(reading.read(at, 4))
        if length > frame_bytes:
            raise layout.Broken("frame length")
        at += length + layout.FRAME_OVERHEAD
        taken += length
    digest, size, kind = layout.open_trailer(cipher, head, reading.read(at, layout.TRAILER_BYTES))
    if size != taken and kind is not layout.Kind.LIST:
        raise layout.Broken("size")
    return layout.Entry(digest, offset, at + layout.TRAILER_BYTES - offset, size, kind)
