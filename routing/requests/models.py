"""Tables of requests and what hangs on them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from routing.requests.states import RequestState
from vault.base import ids
from vault.base.database import Base, Id, JsonColumn
from vault.base.scope import TenantRow
from vault.exams import forgetting

NORMAL, URGENT = "normal", "urgent"


class Request(TenantRow, Base):
    """
    One request. `filed_by` is the name shown; `person_id` and `device_id` say who and where, as far as known.

    `sweep_holder` and `sweep_until` are the claim of the sweep that collected it: when that sweep dies, the claim runs
    out and the next one takes the request again. `import_key` marks history from another help desk.
    """

    __tablename__ = "requests"
    __table_args__ = (
        Index("ix_requests_sweep", "state", "filed_at"),
        Index("ix_requests_moved", "state", "moved_at"),
        Index("ix_requests_area", "facility_id", "filed_at", "id"),
    )
    id: Mapped[Id]
    subject: Mapped[str]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(String(16), default=RequestState.FILED.value)
    urgency: Mapped[str] = mapped_column(String(8), default=NORMAL)
    urgency_reason: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(String(16))
    caller: Mapped[str] = mapped_column(default="")
    person_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    device_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    filed_by: Mapped[str]
    filed_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    reopened_at: Mapped[datetime | None]
    sweep_holder: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    sweep_until: Mapped[datetime | None]
    import_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)


class RequestExam(TenantRow, Base):
    """An exam that a request is about."""

    __tablename__ = "request_exams"
    __table_args__ = (UniqueConstraint("request_id", "exam_id"),)
    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("requests.id"))
    exam_id: Mapped[str] = mapped_column(String(ids.LENGTH))


class RequestImage(TenantRow, Base):
    """An image of such an exam that the facility picked; its marks are a layer, the image stays untouched."""

    __tablename__ = "request_images"
    __table_args__ = (UniqueConstraint("request_id", "exam_id", "name"),)
    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("requests.id"))
    exam_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    name: Mapped[str]
    position: Mapped[int]
    marks: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn())


class RequestFile(TenantRow, Base):
    """A file of the area's drive that a request brings along: the path and the version it had then."""

    __tablename__ = "request_files"
    __table_args__ = (UniqueConstraint("request_id", "path"),)
    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("requests.id"))
    file_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    path: Mapped[str]
    version: Mapped[int]


@forgetting.keeps_files
def attached_files() -> Select[str]:
    """What a request brought along stays readable with it, also after it was deleted from the drive."""
    return select(RequestFile.file_id)


class Message(TenantRow, Base):
    """A question, a reply or an interim word, seen by both sides. `kind` is question, reply, word or interim."""

    __tablename__ = "request_messages"
    __table_args__ = (Index("ix_request_messages_request", "request_id", "at"),)
    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("requests.id"))
    assignment_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    department_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    kind: Mapped[str] = mapped_column(String(16))
    side: Mapped[str] = mapped_column(String(16))
    author: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    body: Mapped[str]
    until: Mapped[datetime | None]
    at: Mapped[datetime]


class RequestEvent(TenantRow, Base):
    """One line of a request's timeline: a code and its values, which the pages put into words."""

    __tablename__ = "request_events"
    __table_args__ = (Index("ix_request_events_request", "request_id", "at"),)
    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("requests.id"))
    code: Mapped[str] = mapped_column(String(48))
    values: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    by: Mapped[str]
    side: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


class Draft(Base):
    """What somebody is writing, kept on the server under a key of the page's choice; theirs alone."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("owner", "key"),)
    id: Mapped[Id]
    owner: Mapped[str] = mapped_column(String(ids.LENGTH))
    facility_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), index=True)
    key: Mapped[str] = mapped_column(String(80))
    body: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    version: Mapped[int]
    updated_at: Mapped[datetime]


class Rating(TenantRow, Base):
    """How the facility found the answer: one to five, and a comment; the last one counts."""

    __tablename__ = "request_ratings"
    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("requests.id"), unique=True)
    stars: Mapped[int]
    comment: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
