"""Notices: what a person or device should be told, as rows that routing.delivery delivers; never with patient data."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault.base import clock, ids
from vault.base.database import Base, JsonColumn, insert_all

_NUMBERS = 0x6B757261


class Notice(Base):
    """
    One thing to tell. `number` grows without reuse, so a stream resumes after the last one seen.

    `audience` is `facility:ID`, `facility-admin:ID`, `department:ID`, `person:ID` or `role:NAME`.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_audience_number", "audience", "number"),
        Index("ix_notices_audience_kind_number", "audience", "kind", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    audience: Mapped[str] = mapped_column(String(48))
    facility_id: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    kind: Mapped[str] = mapped_column(String(48))
    subject_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    values: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    created_at: Mapped[datetime]


def add(
    session: Session,
    audience: str,
    kind: str,
    subject_id: str,
    *,
    facility_id: str | None = None,
    values: dict[str, Any] | None = None,
) -> Notice:
    """Record that `audience` should be told of `subject_id`; `kind` is a stream event such as `answer.ready`."""
    _in_order(session)
    notice = Notice(
        audience=audience,
        facility_id=facility_id,
        kind=kind,
        subject_id=subject_id,
        values=values or {},
        created_at=clock.now(),
    )
    session.add(notice)
    session.flush()
    return notice


def add_all(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Many at once, as dictionaries of `audience`, `kind`, `subject_id`, `facility_id` and `values`."""
    _in_order(session)
    now = clock.now()
    insert_all(session, Notice, [row | {"created_at": now} for row in rows])


def _in_order(session: Session) -> None:
    """Numbers must become visible in their order, or a stream that saw the later one would never see the earlier."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_NUMBERS)))


def after(session: Session, audiences: Iterable[str], number: int, *, limit: int = 200) -> list[Notice]:
    """Notices for any of `audiences` later than `number`, oldest first."""
    statement = select(Notice).where(Notice.audience.in_(list(audiences)), Notice.number > number)
    return list(session.scalars(statement.order_by(Notice.number).limit(limit)))


def since(session: Session, number: int, *, limit: int) -> list[Notice]:
    """Notices for whomever, later than `number`, oldest first: for the one reader that serves all streams."""
    rows = session.scalars(select(Notice).where(Notice.number > number).order_by(Notice.number).limit(limit)).all()
    session.expunge_all()
    return list(rows)


def latest(session: Session) -> int:
    """The number of the newest notice; 0 before the first."""
    return session.scalar(select(func.max(Notice.number))) or 0
