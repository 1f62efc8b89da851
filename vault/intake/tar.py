"""A strict reader of uncompressed tar streams: regular files with short plain names, and nothing else."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from vault.base.errors import Invalid
from vault.store.packs import Interrupted, Source

BLOCK = 512
_REGULAR, _EXTENDED = (b"0", b"\0"), (b"x", b"g")
_LARGEST_EXTENDED = 64 * 1024
_CHANGING = ("path", "linkpath", "size", "GNU.sparse", "hdrcharset")
_MAGICS = (b"ustar\x0000", b"ustar  \x00")


@dataclass
class Member:
    """A file of the tar; `readinto` gives its bytes and no more, once, in order."""

    name: str
    size: int
    _source: Source
    _left: int

    def readinto(self, view: memoryview, /) -> int:
        """Fill from the stream; 0 at the member's end. Raises Interrupted where the stream ends before it."""
        wanted = min(len(view), self._left)
        if not wanted:
            return 0
        read = self._source.readinto(view[:wanted])
        if not read:
            raise Interrupted(self.name)
        self._left -= read
        return read


def members(source: Source, most: int) -> Iterator[Member]:
    """
    The files of a tar, each to be read before the next is asked for (what is left unread is passed over).

    Raises Invalid (`bundle`) for more than `most` members, links, devices, folders, sparse files, wrong checksums,
    names that are not plain, and extended headers that say more than times and owners; Interrupted where the stream
    ends before the two empty blocks that end a tar.
    """
    gap, spare, padding = memoryview(bytearray(2 * BLOCK)), memoryview(bytearray(64 * 1024)), 0
    for count in itertools.count():
        _fill(source, gap[: padding + BLOCK])
        block = gap[padding : padding + BLOCK]
        if not any(block):
            _fill(source, block)
            if any(block):
                raise Invalid("tar_end", field="bundle")
            return
        if count >= most:
            raise Invalid("tar_members", field="bundle", limit=most)
        name, size, is_file = _read_header(bytes(block))
        member = Member(name, size, source, size)
        if is_file:
            yield member
        else:
            _check_extended(member)
        while member.readinto(spare):
            pass
        padding = -size % BLOCK


def _read_header(block: bytes) -> tuple[str, int, bool]:
    """(name, size, whether it is a file)."""
    if block[257:265] not in _MAGICS:
        raise Invalid("tar_format", field="bundle")
    plain = block[:148] + b" " * 8 + block[156:]
    if _octal(block[148:156]) != sum(plain):
        raise Invalid("tar_checksum", field="bundle")
    kind = block[156:157]
    if kind not in _REGULAR + _EXTENDED:
        raise Invalid("tar_entry_type", field="bundle")
    if any(block[345:500]):
        raise Invalid("tar_name", field="bundle")
    try:
        name = block[:100].rstrip(b"\0").decode("ascii")
    except UnicodeDecodeError as problem:
        raise Invalid("tar_name", field="bundle") from problem
    return name, _octal(block[124:136]), kind in _REGULAR


def _check_extended(member: Member) -> None:
    """Many programs write times to the fraction of a second this way; what would change name or size is refused."""
    if member.size > _LARGEST_EXTENDED:
        raise Invalid("tar_extended", field="bundle")
    content = memoryview(bytearray(member.size))
    _fill(member, content)
    left = bytes(content)
    while left:
        length, space, rest = left.partition(b" ")
        end = int(length) - len(length) - 1 if length.isdigit() and space else 0
        key, _, _ = rest[:end].partition(b"=")
        if end <= 0 or end > len(rest) or key.decode("utf-8", "replace").startswith(_CHANGING):
            raise Invalid("tar_extended", field="bundle")
        left = rest[end:]


def _octal(field: bytes) -> int:
    """A number of a header; sizes of 8 GiB and more need an encoding that is not taken here."""
    digits = field.strip(b" \0")
    if not digits or digits.strip(b"01234567"):
        raise Invalid("tar_number", field="bundle")
    return int(digits, 8)


def _fill(source: Source, view: memoryview) -> None:
    filled = 0
    while filled < len(view):
        read = source.readinto(view[filled:])
        if not read:
            raise Interrupted("tar")
        filled += read
