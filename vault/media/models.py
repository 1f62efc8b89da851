"""Tables of media copies: a set for each copy that is due, its discs, and what lies on which of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn, NfcText
from vault.base.scope import TenantRow


class SetState(StrEnum):
    """`MAKING` from when it is decided what lies on which disc; `REMOVED` once its images are gone from here."""

    ORDERED = "ordered"
    MAKING = "making"
    READY = "ready"
    REMOVED = "removed"


class RemovedWhy(StrEnum):
    """Why the images of a set are not here any more; `MISSING`: nobody removed them, as after a restored backup."""

    TIME = "time"
    ERASED = "erased"
    MISSING = "missing"


class MediaSet(TenantRow, Base):
    """
    Copy number `copy` (from 1) of term number `term` (from 0) of a contract, due on the civil date `due_on`.

    `sealed` is the passphrase of an encrypted set, under the area's key, until it was shown; `receipts_until` the last
    receipt that goes with it. `left_out` are {"what", "why"} that were to be on it and are not. `problem` says why it
    waits; it is a reason of the tree of errors.
    """

    __tablename__ = "media_sets"
    __table_args__ = (
        UniqueConstraint("contract_id", "term", "copy"),
        Index("ix_media_sets_state", "state"),
    )
    id: Mapped[Id]
    contract_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("contracts.id"))
    term: Mapped[int]
    copy: Mapped[int]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(16), default=SetState.ORDERED.value)
    medium: Mapped[str] = mapped_column(String(8))
    disc_bytes: Mapped[int] = mapped_column(BigInteger)
    encrypted: Mapped[bool]
    salt: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    shown_at: Mapped[datetime | None]
    shown_by: Mapped[str | None] = mapped_column(NfcText(80))
    ordered_at: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    receipts_until: Mapped[int] = mapped_column(default=0)
    discs: Mapped[int] = mapped_column(default=0)
    exams: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn(), default=list)
    problem: Mapped[str | None] = mapped_column(String(32))
    made_at: Mapped[datetime | None]
    keep_until: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_why: Mapped[str | None] = mapped_column(String(16))
    posted_at: Mapped[datetime | None]
    posted_by: Mapped[str | None] = mapped_column(NfcText(80))


class MediaDisc(TenantRow, Base):
    """Disc `number` (from 1) of a set; `size` and `sha256` are the image's, once it is made."""

    __tablename__ = "media_discs"
    __table_args__ = (UniqueConstraint("set_id", "number"),)
    id: Mapped[Id]
    set_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("media_sets.id"))
    number: Mapped[int]
    expected: Mapped[int] = mapped_column(BigInteger)
    """At most so many bytes it will have."""
    first_patient: Mapped[str | None] = mapped_column(NfcText(64))
    last_patient: Mapped[str | None] = mapped_column(NfcText(64))
    exams: Mapped[int] = mapped_column(default=0)
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime | None]
    burned_at: Mapped[datetime | None]
    burned_by: Mapped[str | None] = mapped_column(NfcText(80))


class PieceKind(StrEnum):
    """What is copied: an exam, or a file of the drive."""

    EXAM = "exam"
    FILE = "file"


class MediaPiece(TenantRow, Base):
    """
    What of an exam or file lies on a disc: units `first` up to but not including `until`, of `units` in all.

    `place` numbers the things of the set and names their folder; a thing that does not fit on one disc has several
    pieces of the same place.
    """

    __tablename__ = "media_pieces"
    __table_args__ = (
        UniqueConstraint("set_id", "place", "disc"),
        Index("ix_media_pieces_set_id_disc", "set_id", "disc", "place"),
    )
    id: Mapped[Id]
    set_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("media_sets.id"))
    disc: Mapped[int]
    place: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    subject_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    version: Mapped[int | None]
    first: Mapped[int]
    until: Mapped[int]
    units: Mapped[int]
