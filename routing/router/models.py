"""Tables of the router: the provider's rules in their order, and the models it has learned."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from vault.base.database import Base, Id, JsonColumn


class ModelState(StrEnum):
    """Where a learned model is: waiting to be taken into use, in use, or kept to go back to."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    KEPT = "kept"


class RouterModel(Base):
    """A learned model; its numbers are in HOME, under its id. At most one is in use."""

    __tablename__ = "router_models"
    __table_args__ = (
        Index(
            "uq_router_models_active",
            "state",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )
    id: Mapped[Id]
    created_at: Mapped[datetime]
    adopted_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), default=ModelState.PROPOSED.value)
    source: Mapped[str] = mapped_column(String(16))
    report: Mapped[dict[str, Any]] = mapped_column(JsonColumn())


class RouteRule(Base):
    """One rule of the provider; `position` is its place in the order in which rules are tried."""

    __tablename__ = "route_rules"
    id: Mapped[Id]
    position: Mapped[int] = mapped_column(unique=True)
    conditions: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    departments: Mapped[list[str]] = mapped_column(JsonColumn())
    created_at: Mapped[datetime]
