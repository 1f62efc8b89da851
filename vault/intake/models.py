"""Tables of receipts: the public keys that verify them, each area's chain, and the receipts themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn, NfcText
from vault.base.scope import TenantRow


class ReceiptKey(Base):
    """
    A public key (Ed25519, 32 bytes in base64) under which receipts were or are signed; it stays known for ever.

    `endorsement` is the signature (base64) by which the key before, `endorsed_by`, named this one its successor.
    """

    __tablename__ = "receipt_keys"
    key_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    public_key: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    endorsed_by: Mapped[str | None] = mapped_column(String(64))
    endorsement: Mapped[str | None] = mapped_column(String(128))


class ReceiptHead(TenantRow, Base):
    """The end of an area's chain; locked while a receipt is added, so that no two follow the same one."""

    __tablename__ = "receipt_heads"
    facility_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str | None] = mapped_column(String(64))


class Receipt(TenantRow, Base):
    """
    A signed receipt as it was given, in canonical JSON; `digest` is what the next one names as `previous`. It stays
    when its exam is removed, with `removed_at` beside it.
    """

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("facility_id", "sequence"),)
    id: Mapped[Id]
    exam_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("exams.id"), unique=True)
    sequence: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Restoration(Base):
    """
    The whole installation was restored from the backup `backup_id` of `made_at`. `gap` was added to the end of every
    area's chain of receipts, and is where a chain begins that has no receipt yet.
    """

    __tablename__ = "restorations"
    id: Mapped[Id]
    backup_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    made_at: Mapped[datetime]
    restored_at: Mapped[datetime]
    gap: Mapped[int]


class Erasure(TenantRow, Base):
    """
    An order to erase a whole area: carried out from `due_at` on unless it was called off before `began_at`.

    `content` is what the certificate will say, as it was counted before the key was destroyed.
    """

    __tablename__ = "erasures"
    id: Mapped[Id]
    reason: Mapped[str]
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[str] = mapped_column(NfcText(80))
    due_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None] = mapped_column(NfcText(80))
    cancel_reason: Mapped[str | None]
    began_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn())
    erased_at: Mapped[datetime | None]
    certificate: Mapped[str | None] = mapped_column(Text)
