"""Tables of backup runs, of those that are due, and of the proofs that what was backed up can be restored."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn
from vault.base.scope import TenantRow


class RunState(StrEnum):
    """A run is `FINISHED` only when everything it listed is held."""

    OPEN = "open"
    FINISHED = "finished"
    FAILED = "failed"


class DueState(StrEnum):
    """
    How a night stands: `WAITING` until its hour and until a device begins, `LATE` after the settings' grace. `FAILED`
    was tried by every device in vain, `MISSED` never came to its end; both stay so even where it is made good later.
    `OFF` is asked of nobody, as the contract gave devices no plan when its hour came.
    """

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    LATE = "late"
    MISSED = "missed"
    OFF = "off"


class DueRun(TenantRow, Base):
    """
    The run that a contract asks for in one night (a civil date of `zone`, the facility's). `late_at` is when it was
    found late, `over_at` when it was given up as missed or failed; `made_good_at` when a later run brought everything.
    """

    __tablename__ = "due_runs"
    __table_args__ = (
        UniqueConstraint("facility_id", "target_id", "night"),
        Index("ix_due_runs_contract_id_due_at", "contract_id", "due_at"),
        Index("ix_due_runs_state_due_at", "state", "due_at"),
    )
    id: Mapped[Id]
    target_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("targets.id"))
    contract_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("contracts.id"))
    night: Mapped[date]
    zone: Mapped[str]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default=DueState.WAITING.value)
    made_at: Mapped[datetime]
    late_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    made_good_at: Mapped[datetime | None]


class BackupRun(TenantRow, Base):
    """
    One run of a device. `expected` is what the device listed, exam by exam, by its images' SHA-256; `missing` the
    digests that were not held when it was closed. `due_id`: the night that it carries out, as `part` (from 1) of
    `parts` runs, since a contract by patient or by exam makes several of one night.
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
    due_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("due_runs.id"), index=True)
    part: Mapped[int] = mapped_column(default=1)
    parts: Mapped[int] = mapped_column(default=1)


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
