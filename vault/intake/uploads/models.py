"""Tables of uploads that resume: what each is for, how far it is, and the parts that are durable of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn
from vault.base.scope import TenantRow
from vault.store import references


class Purpose(StrEnum):
    """What becomes of the bytes; those of a `PARTIAL` one wait for a final upload that names it."""

    FILE = "file"
    IMAGE = "image"
    ANSWER = "answer"
    PARTIAL = "partial"


class Upload(TenantRow, Base):
    """
    One upload; `length` and `offset` in bytes, `length` None until the client tells it. `offset` is the sum of the
    parts that are durable and registered, and equals `length` only once the purpose is served.

    `owner` is the person of the provider who made it, empty for the facility's own. `details` is what the purpose
    needs. `reserved` bytes were promised to `upload:ID`. `holder` is the request that adds to it until `held_until`.
    """

    __tablename__ = "uploads"
    id: Mapped[Id]
    owner: Mapped[str] = mapped_column(String(48), default="")
    purpose: Mapped[str] = mapped_column(String(16))
    details: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    metadata_header: Mapped[str] = mapped_column(default="")
    concat: Mapped[str] = mapped_column(default="")
    length: Mapped[int | None] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    reserved: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str | None] = mapped_column(String(64))
    holder: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    held_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    completed_at: Mapped[datetime | None]


class UploadPart(TenantRow, Base):
    """Part number `place` of an upload: the blob `part` of `size` bytes."""

    __tablename__ = "upload_parts"
    __table_args__ = (Index("ix_upload_parts_part", "facility_id", "part"),)
    upload_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("uploads.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)


references.keep(UploadPart.facility_id, UploadPart.part)
