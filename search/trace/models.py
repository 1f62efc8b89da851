"""Tables of why and what the provider searched; each facility's share of it is in that facility's audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn


class Case(Base):
    """A matter that gives reason to search: what it is about and why, as the facilities looked into will read it."""

    __tablename__ = "cases"
    id: Mapped[Id]
    title: Mapped[str]
    reason: Mapped[str]
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class SearchRecord(Base):
    """One page of one search, or one item opened from it (`opened`), by whom and for which purpose."""

    __tablename__ = "search_records"
    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(80))
    case_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("cases.id"), index=True)
    purpose: Mapped[str]
    asked: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    total: Mapped[int]
    facilities: Mapped[int]
    opened: Mapped[str | None] = mapped_column(String(48))
