"""Tables of backup runs, and of the proofs that what was backed up can be restored."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn
from vault.base.scope import TenantRow


class RunState(StrEnum):
    """A run is `FINISHED` only when everything it listed is held."""

    OPEN = "open"
    FINISHED = "finished"
    FAILED = "failed"


class BackupRun(TenantRow, Base):
    """
    One run of a device. `expected` is what the device listed, exam by exam, by its images' SHA-256; `missing` the
    digests that were not held when it was closed.
    """

    __tablename__ = "backup_runs"
    id: Mapped[Id]
    device_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("devices.id"), index=True)
    plan_version: Mapped[str | None] = mapped_column(String(64))
    trigger: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default=RunState.OPEN.value)
    expected: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn())
    missing: Mapped[list[str]] = mapped_column(JsonColumn())
    error: Mapped[str | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class RestoreDrill(TenantRow, Base):
    """
    A random sample of an area, restored and compared: how many `images` and `files` it was of, how many `bytes` in how
    many `seconds`, which `receipts` (sequence numbers) it was held against. `failed` names what did not compare.
    `document` is the proof with every name and digest, canonical JSON, signed like a receipt.
    """

    __tablename__ = "restore_drills"
    id: Mapped[Id]
    made_at: Mapped[datetime]
    images: Mapped[int]
    files: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float]
    receipts: Mapped[list[int]] = mapped_column(JsonColumn())
    failed: Mapped[list[str]] = mapped_column(JsonColumn())
    document: Mapped[str | None] = mapped_column(Text)
