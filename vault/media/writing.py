"""One image: ISO 9660 with UDF over the same bytes, streamed to a file that gets its name when it is whole."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from pycdlib import PyCdlib

from vault.base.faults import Point, point
from vault.media import layout, sealing
from vault.media.sources import Entry, Source

SECTOR, BLOCK = 2048, 2**20
DISC_BYTES = 2048
"""`disc.json` has so many, whatever it says: its place is there before its words are."""
WAITING = ".part"
Told = Callable[[int], None]


@dataclass(frozen=True)
class Written:
    """The image as it lies on the disk."""

    size: int
    sha256: str


def write(
    path: Path, label: str, entries: Sequence[Entry], describe: Callable[[str], dict[str, Any]], told: Told
) -> Written:
    """
    Write the image of these files at `path`, durably; `told` hears how many bytes of it there are so far.

    `describe` gives what `disc.json` says, once the digest of the checksums is known. Damaged for a source that is.
    """
    waiting = path.with_name(path.name + WAITING)
    waiting.unlink(missing_ok=True)
    try:
        with open(waiting, "xb", opener=_private) as out:
            _write(out, label, entries, describe, told)
            point(Point.FILE_WRITTEN)
            os.fsync(out.fileno())
        found = _read_back(waiting)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise
    point(Point.FILE_SYNCED)
    waiting.replace(path)
    _sync(path.parent)
    point(Point.FILE_NAMED)
    return found


def encrypted(entries: Sequence[Entry], key: bytes) -> list[Entry]:
    """The same files, each encrypted but for those that say what the disc is."""
    return [one if one.path in layout.CLEAR else _encrypted(one, key) for one in entries]


def _encrypted(entry: Entry, key: bytes) -> Entry:
    return replace(
        entry,
        path=layout.sealed_path(entry.path),
        size=sealing.size_of(entry.size),
        opened=lambda: sealing.sealed(entry.opened(), entry.path, key),
        sha256="",
    )


def _write(
    out: BinaryIO, label: str, entries: Sequence[Entry], describe: Callable[[str], dict[str, Any]], told: Told
) -> None:
    sources = [Source(entry) for entry in sorted(entries, key=lambda one: one.path)]
    iso = PyCdlib()
    iso.new(interchange_level=3, vol_ident=label, udf="2.60")
    try:
        folders: set[str] = set()
        blanks = [Source(_blank(layout.SUMS, _sums_bytes(sources))), Source(_blank(layout.DISC, DISC_BYTES))]
        for source in [*sources, *blanks]:
            _add(iso, folders, source)
        point(Point.FILE_WRITING)
        iso.write_fp(out, BLOCK, lambda done, total, _: told(done), True)
        sums = _sums(sources)
        said = json.dumps(describe(hashlib.sha256(sums).hexdigest()), ensure_ascii=False).encode()
        _fill_in(iso, out, layout.SUMS, sums)
        _fill_in(iso, out, layout.DISC, said.ljust(DISC_BYTES - 1) + b"\n")
    finally:
        iso.close()


def _add(iso: PyCdlib, folders: set[str], source: Source) -> None:
    path = source.entry.path
    for folder in reversed(PurePosixPath(path).parents[:-1]):
        if str(folder) not in folders:
            iso.add_directory(layout.iso_folder(str(folder)), udf_path=f"/{folder}")
            folders.add(str(folder))
    iso.add_fp(cast(BinaryIO, source), source.entry.size, layout.iso_path(path), udf_path=f"/{path}")


def _fill_in(iso: PyCdlib, out: BinaryIO, path: str, content: bytes) -> None:
    """What could be told only when everything else was written, at the place that was kept for it."""
    out.seek(iso.get_record(iso_path=layout.iso_path(path)).extent_location() * SECTOR)
    out.write(content)
    out.flush()


def _blank(path: str, size: int) -> Entry:
    return Entry(path, size, lambda: (bytes(min(BLOCK, size - start)) for start in range(0, size, BLOCK)))


def _sums_bytes(sources: Sequence[Source]) -> int:
    return sum(64 + 2 + len(source.entry.path) + 1 for source in sources)


def _sums(sources: Sequence[Source]) -> bytes:
    return "".join(f"{source.sha256}  {source.entry.path}\n" for source in sources).encode()


def _read_back(path: Path) -> Written:
    running, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(BLOCK):
            running.update(part)
            size += len(part)
    return Written(size, running.hexdigest())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
