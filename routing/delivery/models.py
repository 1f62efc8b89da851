"""Tables of what was brought to whom, by which channel."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id
from vault.base.scope import TenantRow


class Channel(StrEnum):
    """By which way: `INBOX` is the area's own list of answers, `STREAM` the live notice to pages and terminals."""

    INBOX = "inbox"
    STREAM = "stream"


class DeliveryState(StrEnum):
    """Where a delivery is; `DEAD` is one that nobody tries again by itself."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"


class Delivery(TenantRow, Base):
    """One thing (an answer) brought to one recipient by one channel, once however often it is asked for."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("subject_id", "channel", "recipient"),
        Index("ix_deliveries_due", "state", "due_at"),
    )
    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    channel: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class DeliveryAttempt(TenantRow, Base):
    """One attempt: when, and what went wrong if anything did."""

    __tablename__ = "delivery_attempts"
    id: Mapped[Id]
    delivery_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("deliveries.id"), index=True)
    at: Mapped[datetime]
    error: Mapped[str | None]
