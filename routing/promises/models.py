"""Tables of what is promised: calendars of working hours, and by when each department answers."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn


class WorkCalendar(Base):
    """
    Hours of work that departments share.

    `week` has seven lists of spans, Monday first, each `["HH:MM", "HH:MM"]`; `country` is the ISO code whose public
    holidays are free, or empty; `closed` and `opened` are days (ISO) that are free, or worked, in spite of that.
    """

    __tablename__ = "work_calendars"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    zone: Mapped[str] = mapped_column(String(64))
    country: Mapped[str] = mapped_column(String(2))
    week: Mapped[list[list[list[str]]]] = mapped_column(JsonColumn())
    closed: Mapped[list[str]] = mapped_column(JsonColumn())
    opened: Mapped[list[str]] = mapped_column(JsonColumn())


class Promise(Base):
    """
    By when a department answers, in minutes of its calendar's hours; what is urgent may count every hour instead.
    """

    __tablename__ = "department_promises"
    department_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("departments.id"), primary_key=True)
    calendar_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("work_calendars.id"))
    normal_minutes: Mapped[int]
    urgent_minutes: Mapped[int]
    urgent_at_any_hour: Mapped[bool]
