"""The bytes of a pack, version 1, as docs/vault-format.md describes them: layouts, nonces, what is authenticated."""

import struct
import zlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
FRAME_BYTES = 256 * 1024
TAG = 16
DIGEST = 32

_HEADER = struct.Struct(">8sHH4x26s26s")
_RECORD = struct.Struct(">4sIQ")
_FRAME = struct.Struct(">I")
_TRAILER = struct.Struct(">32sQ")
_ENTRY = struct.Struct(">32sQQQ")
_TAIL = struct.Struct(">8sQII")
_INDEX = struct.Struct(">4sI")

_PACK_MAGIC, _RECORD_MAGIC, _TRAILER_MAGIC = b"KURAPACK", b"KREC", b"KEND"
_INDEX_MAGIC, _TAIL_MAGIC = b"KIDX", b"KURATAIL"
_LAST = 1 << 31
_TRAILER_PLACE, _INDEX_RECORD, _HEADER_RECORD = 2**32 - 1, 2**64 - 1, 2**64 - 2

HEADER_BYTES = _HEADER.size + TAG
RECORD_BYTES = _RECORD.size
FRAME_OVERHEAD = _FRAME.size + TAG
TRAILER_BYTES = len(_TRAILER_MAGIC) + _TRAILER.size + TAG
TAIL_BYTES = _TAIL.size


class Broken(Exception):
    """Bytes that are not what this format wrote."""


@dataclass(frozen=True)
class Entry:
    """Where a blob lies in a pack: `offset` and `length` of its whole record, `size` of the blob, all in bytes."""

    digest: bytes
    offset: int
    length: int
    size: int


def pack_cipher(area_key: bytes, pack: str) -> AESGCM:
    """The pack's own key, so that nonces need only be unique within one pack."""
    derived = HKDF(SHA256(), 32, salt=pack.encode(), info=b"kura/pack/1").derive(area_key)
    return AESGCM(derived)


def nonce(record: int, place: int) -> bytes:
    """Record number and place in the record; a number is never used twice in a pack, not even after a rewind."""
    return record.to_bytes(8, "big") + place.to_bytes(4, "big")


def header(cipher: AESGCM, area: str, pack: str) -> bytes:
    """The first bytes of a pack."""
    plain = _HEADER.pack(_PACK_MAGIC, VERSION, HEADER_BYTES, area.encode(), pack.encode())
    return plain + cipher.encrypt(nonce(_HEADER_RECORD, 0), b"", plain)


def check_header(cipher: AESGCM, found: bytes, area: str, pack: str) -> None:
    """Raise Broken unless this is the header that was written for this pack of this area."""
    if found != header(cipher, area, pack):
        raise Broken("header")


def record_header(number: int, frame_bytes: int = FRAME_BYTES) -> bytes:
    """What stands before a blob; it is authenticated with each of its frames."""
    return _RECORD.pack(_RECORD_MAGIC, frame_bytes, number)


def read_record_header(found: bytes) -> tuple[int, int]:
    """(record number, frame size); raises Broken."""
    magic, frame_bytes, number = _RECORD.unpack(found)
    if magic != _RECORD_MAGIC or not 0 < frame_bytes < _LAST:
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


def trailer(cipher: AESGCM, head: bytes, digest: bytes, size: int) -> bytes:
    """What ends a record: the blob's digest and size, sealed, so that the disk alone does not tell what is held."""
    number, _ = read_record_header(head)
    sealed = cipher.encrypt(nonce(number, _TRAILER_PLACE), _TRAILER.pack(digest, size), head)
    return _TRAILER_MAGIC + sealed


def open_trailer(cipher: AESGCM, head: bytes, found: bytes) -> tuple[bytes, int]:
    """(digest, size) of the blob; raises Broken, or InvalidTag if altered."""
    if found[:4] != _TRAILER_MAGIC:
        raise Broken("trailer")
    number, _ = read_record_header(head)
    digest, size = _TRAILER.unpack(cipher.decrypt(nonce(number, _TRAILER_PLACE), found[4:], head))
    return digest, size


def frames_of(size: int, frame_bytes: int) -> int:
    """How many frames a blob has; an empty one has one, empty."""
    return max(1, -(-size // frame_bytes))


def record_length(size: int, frame_bytes: int = FRAME_BYTES) -> int:
    """Bytes of the whole record of a blob of `size` bytes."""
    return RECORD_BYTES + size + FRAME_OVERHEAD * frames_of(size, frame_bytes) + TRAILER_BYTES


def index(cipher: AESGCM, entries: list[Entry], offset: int) -> bytes:
    """The pack's index, sealed, and the tail that finds it; `offset` is where the index will stand."""
    head = _INDEX.pack(_INDEX_MAGIC, len(entries))
    plain = b"".join(_ENTRY.pack(e.digest, e.offset, e.length, e.size) for e in entries)
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
    """The entries of a pack's index; raises Broken, or InvalidTag if altered."""
    if found[:4] != _INDEX_MAGIC:
        raise Broken("index")
    head = found[: _INDEX.size]
    plain = cipher.decrypt(nonce(_INDEX_RECORD, 0), found[_INDEX.size :], head)
    return [Entry(*fields) for fields in _ENTRY.iter_unpack(plain)]
