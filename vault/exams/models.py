"""Tables of exams and their images."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vault.base import ids
from vault.base.database import Base, Id, NfcText
from vault.base.scope import TenantRow
from vault.store import references


class ExamState(StrEnum):
    """
    `HELD` from the moment its receipt is signed; its images never change after. A `DELETED` one is out of sight and can
    be brought back; of a `REMOVED` one this row alone is left, to which its receipt and requests point.
    """

    RECEIVING = "receiving"
    HELD = "held"
    DELETED = "deleted"
    REMOVED = "removed"


GONE = (ExamState.DELETED.value, ExamState.REMOVED.value)
_DELETED = text("state = 'deleted'")


class Exam(TenantRow, Base):
    """
    One exam. `manifest` is the digest of what was first announced, `key` the device's own name for it: either finds it
    again. `maker` is who announced it: `device:ID` or `person:ID`.
    """

    __tablename__ = "exams"
    __table_args__ = (
        UniqueConstraint("facility_id", "manifest"),
        UniqueConstraint("facility_id", "maker", "key"),
        Index("ix_exams_shown", "facility_id", "performed_at", "id"),
        Index("ix_exams_patient", "facility_id", "patient_id", "performed_at"),
        Index("ix_exams_deleted", "facility_id", "deleted_at", sqlite_where=_DELETED, postgresql_where=_DELETED),
    )

    id: Mapped[Id]
    key: Mapped[str | None] = mapped_column(NfcText(200))
    manifest: Mapped[str | None] = mapped_column(String(64))
    maker: Mapped[str] = mapped_column(String(48))
    patient_id: Mapped[str] = mapped_column(NfcText(64))
    performed_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(NfcText(64))
    note: Mapped[str] = mapped_column(default="")
    scope_model: Mapped[str | None] = mapped_column(NfcText(80))
    scope_serial: Mapped[str | None] = mapped_column(NfcText(80))
    target_id: Mapped[str] = mapped_column(String(ids.LENGTH), default="")
    device_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("devices.id"))
    person_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("people.id"))
    state: Mapped[str] = mapped_column(String(16), default=ExamState.RECEIVING.value)
    created_at: Mapped[datetime]
    held_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[str | None] = mapped_column(NfcText(80))
    removed_at: Mapped[datetime | None]

    images: Mapped[list["ExamImage"]] = relationship(order_by="ExamImage.position", lazy="raise", viewonly=True)


class ExamImage(TenantRow, Base):
    """
    One image (or clip, or other file) of an exam, by its place in it; `size` in bytes, `width` and `height` in pixels
    once known. `broken` means that it says to be an image and does not decode: it is kept, as it may be evidence.
    """

    __tablename__ = "exam_images"
    __table_args__ = (
        UniqueConstraint("exam_id", "folded_name"),
        UniqueConstraint("exam_id", "position"),
        Index("ix_exam_images_digest", "facility_id", "sha256"),
    )

    id: Mapped[Id]
    exam_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("exams.id"))
    position: Mapped[int]
    name: Mapped[str]
    folded_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(127))
    captured_at: Mapped[datetime | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    broken: Mapped[bool] = mapped_column(default=False)


class Thumbnail(TenantRow, Base):
    """A smaller JPEG of an image, `edge` pixels at its longer side at most; its bytes are a derived blob."""

    __tablename__ = "thumbnails"
    __table_args__ = (Index("ix_thumbnails_digest", "facility_id", "sha256"),)
    image_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("exam_images.id"), primary_key=True)
    edge: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]


_LIVE = text("deleted_at IS NULL")
WHERE_LIVE: dict[str, Any] = {"sqlite_where": _LIVE, "postgresql_where": _LIVE}


class DriveFolder(TenantRow, Base):
    """
    A folder of the drive: it stands by itself, also when nothing lies in it.

    `deleted_with` names the folder (its id) with which a file or folder went out of sight; what was deleted by its own
    name has none.
    """

    __tablename__ = "drive_folders"
    __table_args__ = (
        Index("uq_drive_folders_live", "facility_id", "folded_path", unique=True, **WHERE_LIVE),
        Index("ix_drive_folders_parent", "facility_id", "folded_parent"),
        Index("ix_drive_folders_with", "facility_id", "deleted_with"),
    )

    id: Mapped[Id]
    path: Mapped[str] = mapped_column(NfcText(1024))
    folded_path: Mapped[str] = mapped_column(NfcText(2048))
    folded_parent: Mapped[str] = mapped_column(NfcText(2048))
    made_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    deleted_with: Mapped[str | None] = mapped_column(String(ids.LENGTH))


class DriveFile(TenantRow, Base):
    """
    A file of the drive: its path, and what its newest version holds. A deleted one can be brought back.

    `version` counts what was put at this path; each remains as a `DriveVersion`. At most one live file has a path, and
    any number of deleted ones.
    """

    __tablename__ = "drive_files"
    __table_args__ = (
        Index("uq_drive_files_live", "facility_id", "folded_path", unique=True, **WHERE_LIVE),
        Index("ix_drive_files_path", "facility_id", "folded_path"),
        Index("ix_drive_files_parent", "facility_id", "folded_parent"),
        Index("ix_drive_files_with", "facility_id", "deleted_with"),
        Index("ix_drive_files_digest", "facility_id", "sha256"),
    )

    id: Mapped[Id]
    path: Mapped[str] = mapped_column(NfcText(1024))
    folded_path: Mapped[str] = mapped_column(NfcText(2048))
    folded_parent: Mapped[str] = mapped_column(NfcText(2048), default="")
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(127))
    modified_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    deleted_with: Mapped[str | None] = mapped_column(String(ids.LENGTH))


class DriveVersion(TenantRow, Base):
    """What was put at a path, once, and by whom (a login)."""

    __tablename__ = "drive_versions"
    __table_args__ = (Index("ix_drive_versions_digest", "facility_id", "sha256"),)
    file_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("drive_files.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(127))
    put_at: Mapped[datetime]
    who: Mapped[str] = mapped_column(NfcText(80))


class DriveProperty(TenantRow, Base):
    """What a WebDAV client keeps with a file or folder (`owner_id`) under a name of its own; `value` is its XML."""

    __tablename__ = "drive_properties"
    owner_id: Mapped[str] = mapped_column(String(ids.LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(NfcText(512), primary_key=True)
    value: Mapped[str]


class DriveLock(TenantRow, Base):
    """
    A write lock of WebDAV on `path` (empty: the whole drive), to the holder of `token`.

    `scope` is exclusive or shared, `depth` 0 or infinity, `owner` the XML by which its client calls itself, `seconds`
    what was agreed; after `expires_at` it counts for nothing.
    """

    __tablename__ = "drive_locks"
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    path: Mapped[str] = mapped_column(NfcText(1024))
    holder: Mapped[str] = mapped_column(NfcText(80))
    scope: Mapped[str] = mapped_column(String(9))
    depth: Mapped[str] = mapped_column(String(8))
    owner: Mapped[str]
    seconds: Mapped[int]
    expires_at: Mapped[datetime]


for _named in (ExamImage, Thumbnail, DriveFile, DriveVersion):
    references.keep(_named.facility_id, _named.sha256)
