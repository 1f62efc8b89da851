"""Files and folders of the drive as wsgidav's resources: what they are, what they hold, what clients keep with them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from wsgidav import xml_tools
from wsgidav.dav_error import HTTP_INSUFFICIENT_STORAGE, DAVError
from wsgidav.dav_provider import DAVCollection, DAVNonCollection

from portal import security
from portal.dav.drive import Drive
from vault.base.errors import TooLarge
from vault.exams import drive_properties
from vault.exams.models import DriveFile, DriveFolder
from vault.store.records import Blob

Environ = dict[str, Any]


class _Kept:
    """What both have: properties that clients keep with them, by name; `owner_id` is empty for the drive itself."""

    provider: Any
    owner_id: str
    kept: dict[str, str]

    def get_property_names(self, *, is_allprop: bool) -> list[str]:
        """Live ones, then kept ones."""
        return [*super().get_property_names(is_allprop=is_allprop), *self.kept]  # type: ignore[misc]

    def get_property_value(self, name: str) -> Any:
        """A value, or its XML."""
        if name in self.kept:
            return xml_tools.string_to_xml(self.kept[name])
        return super().get_property_value(name)  # type: ignore[misc]

    def set_property_value(self, name: str, value: Any, *, dry_run: bool = False) -> Any:
        """Keep the property, or with None drop it; what is the server's own (403) stays."""
        if name.startswith("{DAV:}") or not self.owner_id:
            return super().set_property_value(name, value, dry_run=dry_run)  # type: ignore[misc]
        text = None if value is None else xml_tools.etree.tostring(value, encoding="unicode")
        try:
            drive_properties.check(name, text or "", self.kept)
        except TooLarge as problem:
            raise DAVError(HTTP_INSUFFICIENT_STORAGE) from problem
        if not dry_run:
            drive: Drive = self.provider.drive
            drive.keep_property(self.owner_id, name, text)
        return True


class Folder(_Kept, DAVCollection):  # type: ignore[misc]
    """A folder; without a row the drive itself, which says how full the area is."""

    def __init__(self, path: str, environ: Environ, row: DriveFolder | None, kept: dict[str, str]) -> None:
        super().__init__(path, environ)
        self.row, self.kept = row, kept
        self.owner_id = row.id if row else ""

    def get_last_modified(self) -> float | None:
        return self.row.made_at.timestamp() if self.row else None

    def get_creation_date(self) -> float | None:
        return self.get_last_modified()

    def get_display_name(self) -> str:
        return str(self.name)

    def get_used_bytes(self) -> int | None:
        return int(self.provider.drive.space.used)

    def get_available_bytes(self) -> int | None:
        left: int | None = self.provider.drive.space.left
        return left

    def get_member_names(self) -> list[str]:
        return [member.name for member in self.get_member_list()]

    def get_member_list(self) -> list["File | Folder"]:
        return list(self.provider.members(self.path, self.environ))

    def get_member(self, name: str) -> "File | Folder | None":
        found: File | Folder | None = self.provider.get_resource_inst(f"{self.path.rstrip('/')}/{name}", self.environ)
        return found

    def create_collection(self, name: str) -> None:
        self.provider.drive.make_folder(f"{self.path.strip('/')}/{name}".lstrip("/"))

    def create_empty_resource(self, name: str) -> "File | Folder | None":
        self.provider.drive.put_empty(f"{self.path.strip('/')}/{name}".lstrip("/"))
        return self.get_member(name)


class File(_Kept, DAVNonCollection):  # type: ignore[misc]
    """A file; its digest is its strong ETag."""

    def __init__(self, path: str, environ: Environ, row: DriveFile, kept: dict[str, str]) -> None:
        super().__init__(path, environ)
        self.row, self.kept, self.owner_id = row, kept, row.id

    def get_content_length(self) -> int:
        return self.row.size

    def get_content_type(self) -> str:
        return self.row.media_type

    def get_last_modified(self) -> float:
        return self.row.modified_at.timestamp()

    def get_display_name(self) -> str:
        return str(self.name)

    def get_etag(self) -> str:
        return self.row.sha256

    def support_etag(self) -> bool:
        return True

    def support_ranges(self) -> bool:
        return True

    def get_content(self) -> "Reader":
        return Reader(self.provider.drive.open(self.row))

    def finalize_headers(self, environ: Environ, response_headers: list[tuple[str, str]]) -> None:
        """A browser that comes here runs nothing of what is stored."""
        response_headers.append(("Content-Security-Policy", security.UNTRUSTED))
        response_headers.append(("Content-Disposition", f"attachment; filename*=UTF-8''{quote(self.name)}"))
        response_headers.append(("Cache-Control", "private, no-cache"))


class Reader:
    """A blob as the file that wsgidav reads: seek once, then read on; every byte is verified before it is given."""

    def __init__(self, blob: Blob) -> None:
        self._blob, self._start = blob, 0
        self._parts: Iterator[bytes] | None = None
        self._rest = memoryview(b"")

    def seek(self, start: int) -> None:
        self._start = start

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end."""
        if self._parts is None:
            self._parts = self._blob.read_range(self._start, self._blob.size)
        if not self._rest:
            self._rest = memoryview(next(self._parts, b""))
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)

    def close(self) -> None:
        self._parts = None
