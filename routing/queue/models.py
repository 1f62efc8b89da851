"""Tables of the departments' work."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from routing.queue.states import LIVE, AnswerState, AssignmentState
from vault.base import ids
from vault.base.database import Base, Id, JsonColumn
from vault.base.scope import TenantRow
from vault.store import references

_IS_OPEN = text("is_open")
_IS_LIVE = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(LIVE))))


class Assignment(TenantRow, Base):
    """
    One department's part of a request.

    `reasons` say in words why it came here. `is_open` follows `state`, so that a queue is read from an index however
    much is done; a request is never open twice in one department. `promised_for` is the date the facility was told;
    `paused_at` says since when the clock stands still. At `warn_at` the department is warned, which empties it; when
    `due_at` has passed the administrators are told, once (`escalated_at`).
    """

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_queue", "department_id", "is_open", "due_at", "id"),
        Index("ix_assignments_state", "department_id", "state", "due_at", "id"),
        Index("ix_assignments_request", "request_id"),
        Index("ix_assignments_warn", "is_open", "warn_at"),
        Index("ix_assignments_escalate", "is_open", "escalated_at", "due_at"),
        Index(
            "uq_assignments_open",
            "request_id",
            "department_id",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
    )
    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("requests.id"))
    department_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("departments.id"))
    state: Mapped[str] = mapped_column(String(16), default=AssignmentState.WAITING.value)
    is_open: Mapped[bool] = mapped_column(default=True)
    holder_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    holder: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    promised_for: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    probability: Mapped[float | None]
    reasons: Mapped[list[Any]] = mapped_column(JsonColumn())
    created_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Note(TenantRow, Base):
    """An internal word about a request; the departments that have it read it, the facility never does."""

    __tablename__ = "assignment_notes"
    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("requests.id"), index=True)
    assignment_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("assignments.id"))
    department_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("departments.id"))
    author: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    body: Mapped[str]
    at: Mapped[datetime]


class Answer(TenantRow, Base):
    """
    What a department said. Until `ready_at` it is held for its author to take back; a correction is a new row that
    `replaces` the old one. The index lets no assignment have two that count.
    """

    __tablename__ = "answers"
    __table_args__ = (
        Index("uq_answers_live", "assignment_id", unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE),
        Index("ix_answers_request", "request_id"),
        Index("ix_answers_area", "facility_id", "state", "at", "id"),
    )
    id: Mapped[Id]
    assignment_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("assignments.id"))
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("requests.id"))
    department_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("departments.id"))
    body: Mapped[str]
    state: Mapped[str] = mapped_column(String(16), default=AnswerState.READY.value)
    by: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    at: Mapped[datetime]
    ready_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    picked_up_at: Mapped[datetime | None]
    picked_up_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    replaces: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    reason: Mapped[str] = mapped_column(default="")


class AnswerFile(TenantRow, Base):
    """A file uploaded for an assignment, and once sent, part of an answer; its bytes are a blob of the area."""

    __tablename__ = "answer_files"
    __table_args__ = (UniqueConstraint("answer_id", "name"),)
    id: Mapped[Id]
    assignment_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("assignments.id"), index=True)
    answer_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("answers.id"))
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


references.keep(AnswerFile.facility_id, AnswerFile.digest)


class AssignmentView(TenantRow, Base):
    """Who had an assignment open, and when that was last written to the facility's access log."""

    __tablename__ = "assignment_views"
    assignment_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("assignments.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(ids.LENGTH), primary_key=True)
    name: Mapped[str]
    logged_at: Mapped[datetime]
    seen_at: Mapped[datetime]
