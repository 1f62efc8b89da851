"""wsgidav's provider for one request: paths of the caller's own drive, and of nothing else."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from wsgidav.dav_provider import DAVProvider

from portal.dav.drive import Drive
from portal.dav.locks import DriveLocks
from portal.dav.resources import Environ, File, Folder
from vault.exams.drive_queries import Entry


class DriveProvider(DAVProvider):  # type: ignore[misc]
    """Made for each request, as it stands for one caller."""

    def __init__(self, drive: Drive, mount: str) -> None:
        super().__init__()
        self.drive = drive
        self.verbose = 0
        self.set_mount_path(mount)
        self.set_share_path("")
        self.set_lock_manager(DriveLocks(drive.installation.database, drive.scope))

    def get_resource_inst(self, path: str, environ: Environ) -> File | Folder | None:
        """The file or folder at `path`, or None."""
        named = drive_path(path)
        if not named:
            return Folder("/", environ, None, {})
        found = self.drive.entry(named)
        return None if found is None else _resource(environ, *found)

    def members(self, path: str, environ: Environ) -> Iterator[File | Folder]:
        """What lies directly in a folder."""
        for found in self.drive.entries(drive_path(path)):
            yield _resource(environ, *found)

    def ref_url_to_path(self, ref_url: str) -> Any:
        """Roots of locks are paths already."""
        return ref_url


def drive_path(path: str) -> str:
    """A path as the drive writes it: NFC, no slash at its ends."""
    return unicodedata.normalize("NFC", path).strip("/")


def _resource(environ: Environ, entry: Entry, kept: dict[str, str]) -> File | Folder:
    if entry.file is not None:
        return File(f"/{entry.path}", environ, entry.file, kept)
    return Folder(f"/{entry.path}", environ, entry.folder, kept)
