"""An exam and its images as the local store knows them, and the states they move through."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import PurePath
from typing import Final

from capture_client import clock


class State(StrEnum):
    """open → filed (durable here) → stored (in mass storage too) → backed-up (receipt verified and kept)."""

    OPEN = "open"
    FILED = "filed"
    STORED = "stored"
    BACKED_UP = "backed-up"


TYPES: Final = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
    ".dcm": "application/dicom",
    ".mp4": "video/mp4",
    ".avi": "video/x-msvideo",
    ".mov": "video/quicktime",
    ".pdf": "application/pdf",
}


@dataclass(frozen=True)
class Details:
    """What is known about an exam when its first image is filed; `kind` is free text, the time is aware."""

    patient_id: str
    performed_at: datetime
    kind: str = "endoscopy"
    note: str = ""
    scope_model: str = ""
    scope_serial: str = ""
    person: str = ""

    def described(self) -> dict[str, object]:
        """As the sidecar exam.json and the portal's manifest say it; empty parts are left out."""
        scope = {"model": self.scope_model, "serial": self.scope_serial}
        said = {"patient_id": self.patient_id, "performed_at": clock.stamp(self.performed_at), "kind": self.kind}
        return {
            **said,
            **({"scope": scope} if any(scope.values()) else {}),
            **({"note": self.note} if self.note else {}),
        }


@dataclass(frozen=True)
class Image:
    """One file of an exam. `size` in bytes; `sha256` in hex."""

    name: str
    sha256: str
    size: int
    captured_at: datetime | None = None

    @cached_property
    def type(self) -> str:
        """Its media type, by its name's ending."""
        return TYPES.get(PurePath(self.name).suffix.lower(), "application/octet-stream")

    @cached_property
    def data_kind(self) -> str:
        """Which of a contract's kinds of data it is."""
        family = self.type.partition("/")[0]
        return {"image": "still", "video": "clip"}.get(family, "still" if self.type.endswith("dicom") else "file")

    def described(self) -> dict[str, object]:
        """As the manifest says it."""
        said: dict[str, object] = {"name": self.name, "sha256": self.sha256, "size": self.size, "type": self.type}
        return said | ({"captured_at": clock.stamp(self.captured_at)} if self.captured_at else {})


@dataclass(frozen=True)
class Exam:
    """`key` is this device's name of the exam, `portal_id` the portal's; `refusal`: why it would not have it."""

    key: str
    details: Details
    state: State
    images: tuple[Image, ...] = field(default=(), repr=False)
    portal_id: str = ""
    refusal: str = ""
    refused_under: str = ""

    @property
    def size(self) -> int:
        """Bytes of all images."""
        return sum(image.size for image in self.images)

    def listed(self) -> dict[str, object]:
        """As `list --json` says it."""
        return {
            "exam": self.key,
            "id": self.portal_id or None,
            **self.details.described(),
            "person": self.details.person,
            "state": self.state.value,
            "images": len(self.images),
            "bytes": self.size,
            "refusal": self.refusal or None,
        }
