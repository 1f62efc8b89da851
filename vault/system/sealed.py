"""What is encrypted of a snapshot: the database and some files of HOME, as blobs of an area that is its own."""

import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from vault.base.errors import Damaged
from vault.store import scan
from vault.store.backends import Backend, Missing
from vault.store.frames import Source
from vault.store.packs import Area, Deposit, Stored
from vault.store.records import Blob
from vault.system.manifest import Inside, Manifest

DATABASE, EXTRA = "database", "extra"


def write(
    backend: Backend, area: Area, database: IO[bytes], extra: Mapping[str, Path], spool: Path
) -> tuple[Inside, ...]:
    """Encrypt the dump and the folders `extra`; durable when it returns. `spool` is a folder for a nameless file."""
    with Deposit(backend, area) as deposit, tempfile.TemporaryFile(dir=spool) as file:
        found = [_inside(DATABASE, deposit.add(cast(Source, database)))]
        with tarfile.open(fileobj=file, mode="w") as tar:
            for name, folder in extra.items():
                for path in sorted(folder.rglob("*")):
                    # What is being written, and what goes meanwhile, is not needed.
                    if path.is_file() and path.suffix != ".new":
                        with suppress(FileNotFoundError):
                            tar.add(path, f"{name}/{path.relative_to(folder)}", recursive=False)
        file.seek(0)
        found.append(_inside(EXTRA, deposit.add(cast(Source, file))))
        deposit.finish()
    return tuple(found)


def read(backend: Backend, area: Area, manifest: Manifest, name: str) -> Iterator[bytes]:
    """The plain bytes of what is `name` inside, each verified before it is given; Damaged where they are not there."""
    wanted = next(one for one in manifest.inside if one.name == name)
    found = {
        stored.digest: stored for pack in scan.packs(backend, area.facility_id) for stored in _in(backend, area, pack)
    }
    stored = found.get(wanted.sha256)
    try:
        if stored is None or stored.size != wanted.size:
            raise KeyError(wanted.sha256)
        parts = [found[digest] for digest, _ in stored.parts]
    except KeyError as problem:
        raise Damaged("snapshot_damaged", name=manifest.folder) from problem
    yield from Blob(backend, area, stored, lambda *_: None, parts).read_range(0, stored.size)


def unpack_extra(pieces: Iterator[bytes], into: Path) -> None:
    """Write the folders that were kept besides into HOME."""
    with tempfile.TemporaryFile(dir=into) as file:
        for piece in pieces:
            file.write(piece)
        file.seek(0)
        with tarfile.open(fileobj=file) as tar:
            tar.extractall(into, filter="data")


def _in(backend: Backend, area: Area, pack: str) -> list[Stored]:
    try:
        return scan.entries(backend, area, pack)
    except Missing:
        return []


def _inside(name: str, stored: Stored) -> Inside:
    return Inside(name, stored.size, stored.digest)
