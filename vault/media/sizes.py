"""How many bytes something takes on a disc at most, as pure rules: what is packed by these never outgrows a disc."""

from vault.media import sealing
from vault.media.packing import LARGEST_FILE, Room

SECTOR = 2048
BASE = 512 * SECTOR
"""Descriptors, path tables and the folders that every disc has; an empty image of pycdlib's has 267 sectors."""
MOST_FILES = 30_000
"""On one disc: each takes about 8 KB of memory while the disc is written."""
ENTRY = 512
"""Directory records, file identifiers and the line of the checksums of one file."""
PAGE, PAGE_LINE = 4096, 700
"""The page of an exam, and what it and the list of contents say of one image, besides names."""
INDEX, INDEX_LINE = 32_768, 1024
"""The page of a disc, and what it says of one exam or file, besides names."""
WIDEST = 8
"""Bytes of one character of a name where it is written for a page or in JSON."""

MEDIA = {"cd": 734_003_200, "dvd": 4_700_000_000, "bd": 25_000_000_000}
"""Bytes that a disc of each kind takes."""


def padded(size: int) -> int:
    """Whole sectors."""
    return -(-size // SECTOR) * SECTOR


def on_disc(size: int, *, encrypted: bool) -> Room:
    """A file of so many bytes of content: its sectors, its UDF entry, its lines in directories and checksums."""
    return Room(padded(sealing.size_of(size) if encrypted else size) + SECTOR + ENTRY, 1)


def unit(size: int, name: str, *, encrypted: bool) -> Room:
    """An image, a file of the drive, or a part of one, with what pages and lists say of it."""
    return on_disc(size, encrypted=encrypted) + Room(2 * (PAGE_LINE + 2 * WIDEST * len(name)), 0)


def exam(words: str, *, encrypted: bool) -> Room:
    """An exam by itself: its folder, its page, its line in the index; `words` are all that is said of it."""
    folder = 3 * SECTOR + ENTRY
    page = on_disc(PAGE + WIDEST * len(words), encrypted=encrypted)
    return page + Room(folder + INDEX_LINE + 2 * WIDEST * len(words), 0)


def room(disc_bytes: int) -> Room:
    """What a disc takes besides what every disc has."""
    return Room(disc_bytes - BASE - INDEX - 6 * (SECTOR + ENTRY), MOST_FILES)


def largest_part(disc_bytes: int, *, encrypted: bool) -> int:
    """How many bytes of content one file on a disc may have, whatever its name."""
    spare = 32 * SECTOR + 2 * PAGE_LINE + 4 * WIDEST * 1024
    left = room(disc_bytes).bytes - spare
    if encrypted:
        left -= sealing.size_of(left) - left
    return max(SECTOR, min(LARGEST_FILE, left // SECTOR * SECTOR))
