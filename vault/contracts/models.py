"""Tables of what is agreed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn
from vault.base.scope import TenantRow
from vault.contracts.parsing import terms_from
from vault.contracts.terms import Terms


class ContractState(StrEnum):
    """`AGREED` by both sides; `ENDED` before its time by one of them. That its time is over is seen from its dates."""

    AGREED = "agreed"
    ENDED = "ended"


class Contract(TenantRow, Base):
    """
    One agreement about one backup target; agreed terms never change.

    `ends_on` is the last day by the terms, or the earlier one on which it was ended; None while it runs on.
    """

    __tablename__ = "contracts"
    __table_args__ = (UniqueConstraint("facility_id", "target_id", "start"),)
    id: Mapped[Id]
    target_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("targets.id"))
    state: Mapped[str] = mapped_column(String(16))
    start: Mapped[date]
    ends_on: Mapped[date | None]
    agreed_terms: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    digest: Mapped[str] = mapped_column(String(64))
    agreed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def terms(self) -> Terms:
        """The agreed terms."""
        return terms_from(self.agreed_terms)

    def holds_on(self, day: date) -> bool:
        """Whether `day` lies in the service period, an early end counted."""
        return self.start <= day and (self.ends_on is None or day <= self.ends_on)
