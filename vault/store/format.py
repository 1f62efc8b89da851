"""The bytes of a pack, versions 1 and 2, as docs/vault-format.md describes them: layouts, nonces, what is sealed."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 2
_READABLE = (1, 2)
FRAME_BYTES = 256 * 1024
TAG = 16
DIGEST = 32

_HEADER = struct.Struct(">8sHH4x26s26s")
_RECORD = struct.Struct(">4sIQ")
_FRAME = struct.Struct(">I")
_TRAILER = struct.Struct(">32sQ")
_ENTRY_1, _ENTRY = struct.Struct(">32sQQQ"), struct.Struct(">B32sQQQ")
_PART = struct.Struct(">32sQ")
_TAIL = struct.Struct(">8sQII")
_INDEX = struct.Struct(">4sI")

_PACK_MAGIC, RECORD_MAGIC = b"KURAPACK", b"KREC"
_INDEX_MAGIC_1, _INDEX_MAGIC, _TAIL_MAGIC = b"KIDX", b"KID2", b"KURATAIL"
_TRAILER_MAGICS = (b"KEND", b"KENP", b"KENL")
_LAST = 1 << 31
_TRAILER_PLACE, _INDEX_RECORD, _HEADER_RECORD = 2**32 - 1, 2**64 - 1, 2**64 - 2

HEADER_BYTES = _HEADER.size + TAG
RECORD_BYTES = _RECORD.size
FRAME_OVERHEAD = _FRAME.size + TAG
TRAILER_BYTES = 4 + _TRAILER.size + TAG
TAIL_BYTES = _TAIL.size


class Broken(Exception):
    """Bytes that are not what this format wrote."""


class Kind(IntEnum):
    """What a record holds: a whole blob, a part of a larger one, or the list of the parts of one."""

    BLOB = 0
    PART = 1
    LIST = 2


@dataclass(frozen=True)
class Entry:
    """Where a blob lies in a pack: `offset` and `length` of its whole record, `size` of the blob, all in bytes."""

    digest: bytes
    offset: int
    length: int
    size: int
    kind: Kind = Kind.BLOB


def pack_cipher(area_key: bytes, pack: str) -> AESGCM:
    """The pack's own key, so that nonces need only be unique within one pack."""
    derived = HKDF(SHA256(), 32, salt=pack.encode(), info=b"kura/pack/1").derive(area_key)
    return AESGCM(derived)


def nonce(record: int, place: int) -> bytes:
    """Record number and place in the record; a number is never used twice in a pack, not even after a rewind."""
    return record.to_bytes(8, "big") + place.to_bytes(4, "big")


def header(cipher: AESGCM, area: str, pack: str, version: int = VERSION) -> bytes:
    """The first bytes of a pack."""
    plain = _HEADER.pack(_PACK_MAGIC, version, HEADER_BYTES, area.encode(), pack.encode())
    return plain + cipher.encrypt(nonce(_HEADER_RECORD, 0), b"", plain)


def check_header(cipher: AESGCM, found: bytes, area: str, pack: str) -> None:
    """Raise Broken unless this is the header that was written for this pack of this area."""
    if found not in [header(cipher, area, pack, version) for version in _READABLE]:
        raise Broken("header")


def record_header(number: int, frame_bytes: int = FRAME_BYTES) -> bytes:
    """What stands before a blob; it is authenticated with each of its frames."""
    return _RECORD.pack(RECORD_MAGIC, frame_bytes, number)


def read_record_header(found: bytes) -> tuple[int, int]:
    """(record number, frame size); raises Broken."""
    magic, frame_bytes, number = _RECORD.unpack(found)
    if magic != RECORD_MAGIC or not 0 < frame_bytes < _LAST:
        raise Broken("record header")
    return number, frame_bytes


def frame_head(length: int, *, last: bool) -> bytes:
    """What stands before a frame: how many bytes of the blob it holds, and whether the blob ends with it."""
    return _FRAME.pack(length | (_LAST if last else 0))


def read_frame_head(found: bytes) -> tuple[int, bool]:
    """(length, last) of a frame."""
    (word,) = _FRAME.unpack(found)
    return word & (_LAST - 1), bool(word & _LAST)


def open_frame(cipher: AESGCM, head: bytes, place: int, found: bytes, *, length: int, last: bool) -> bytes:
    """The bytes of frame `place` of the record that begins with `head`; raises Broken (by InvalidTag) if altered."""
    if read_frame_head(found[: _FRAME.size]) != (length, last):
        raise Broken("frame head")
    number, _ = read_record_header(head)
    return cipher.decrypt(nonce(number, place), memoryview(found)[_FRAME.size :], head + found[: _FRAME.size])


def trailer(cipher: AESGCM, head: bytes, digest: bytes, size: int, kind: Kind = Kind.BLOB) -> bytes:
    """What ends a record: the blob's digest and size, sealed, so that the disk alone does not tell what is held."""
    number, _ = read_record_header(head)
    magic = _TRAILER_MAGICS[kind]
    return magic + cipher.encrypt(nonce(number, _TRAILER_PLACE), _TRAILER.pack(digest, size), _bound(head, magic))


def open_trailer(cipher: AESGCM, head: bytes, found: bytes) -> tuple[bytes, int, Kind]:
    """(digest, size) of the blob and what the record holds of it; raises Broken, or InvalidTag if altered."""
    magic = bytes(found[:4])
    if magic not in _TRAILER_MAGICS:
        raise Broken("trailer")
    number, _ = read_record_header(head)
    plain = cipher.decrypt(nonce(number, _TRAILER_PLACE), found[4:], _bound(head, magic))
    digest, size = _TRAILER.unpack(plain)
    return digest, size, Kind(_TRAILER_MAGICS.index(magic))


def _bound(head: bytes, magic: bytes) -> bytes:
    """Version 1 knew one kind and did not authenticate its name; that record's bytes stay as they were."""
    return head if magic == _TRAILER_MAGICS[Kind.BLOB] else head + magic


def list_content(parts: Sequence[tuple[str, int]]) -> bytes:
    """What the record of a list holds: digest (hex) and size of each part, in order."""
    return b"".join(_PART.pack(bytes.fromhex(digest), size) for digest, size in parts)


def read_list(content: bytes, size: int) -> tuple[tuple[str, int], ...]:
    """The parts in a list's record; raises Broken unless they make `size` bytes together."""
    if len(content) % _PART.size:
        raise Broken("list")
    parts = tuple((digest.hex(), length) for digest, length in _PART.iter_unpack(content))
    if sum(length for _, length in parts) != size:
        raise Broken("list")
    return parts


def frames_of(size: int, frame_bytes: int) -> int:
    """How many frames a blob has; an empty one has one, empty."""
    return max(1, -(-size // frame_bytes))


def record_length(size: int, frame_bytes: int = FRAME_BYTES) -> int:
    """Bytes of the whole record of a blob of `size` bytes."""
    return RECORD_BYTES + size + FRAME_OVERHEAD * frames_of(size, frame_bytes) + TRAILER_BYTES


def content_bytes(length: int, frame_bytes: int) -> int:
    """Bytes that a record of `length` bytes holds; raises Broken where no record has that length."""
    framed = length - RECORD_BYTES - TRAILER_BYTES
    count = -(-framed // (frame_bytes + FRAME_OVERHEAD))
    size = framed - count * FRAME_OVERHEAD
    if size < 0 or record_length(size, frame_bytes) != length:
        raise Broken("record length")
    return size


def index(cipher: AESGCM, entries: list[Entry], offset: int) -> bytes:
    """The pack's index, sealed, and the tail that finds it; `offset` is where the index will stand."""
    head = _INDEX.pack(_INDEX_MAGIC, len(entries))
    plain = b"".join(_ENTRY.pack(e.kind, e.digest, e.offset, e.length, e.size) for e in entries)
    body = head + cipher.encrypt(nonce(_INDEX_RECORD, 0), plain, head)
    start = _TAIL.pack(_TAIL_MAGIC, offset, len(body), 0)[:-4]
    return body + start + zlib.crc32(start).to_bytes(4, "big")


def read_tail(found: bytes) -> tuple[int, int]:
    """(offset, length) of the index; raises Broken."""
    magic, offset, length, check = _TAIL.unpack(found)
    if magic != _TAIL_MAGIC or zlib.crc32(found[:-4]) != check:
        raise Broken("tail")
    return offset, length


def open_index(cipher: AESGCM, found: bytes) -> list[Entry]:
    """The entries of a pack's index of either version; raises Broken, or InvalidTag if altered."""
    magic = bytes(found[:4])
    if magic not in (_INDEX_MAGIC, _INDEX_MAGIC_1):
        raise Broken("index")
    head = found[: _INDEX.size]
    plain = cipher.decrypt(nonce(_INDEX_RECORD, 0), found[_INDEX.size :], head)
    if magic == _INDEX_MAGIC_1:
        return [Entry(*fields) for fields in _ENTRY_1.iter_unpack(plain)]
    lines = _ENTRY.iter_unpack(plain)
    return [Entry(digest, offset, length, size, Kind(kind)) for kind, digest, offset, length, size in lines]
