"""Tables of what is agreed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn, NfcText
from vault.base.scope import TenantRow
from vault.contracts.lifecycle import Facts
from vault.contracts.parsing import terms_from
from vault.contracts.prices import Part, Prices
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
    suspended_at: Mapped[datetime | None]
    replaces: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    """The contract that this one renews or changes."""
    reminded: Mapped[int | None]
    """The last reminder given: so many days before its end."""
    plan: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn())
    """By which plan it was priced, as `Offer.plan` has it; None where it came by a file."""

    @property
    def facts(self) -> Facts:
        """From which its standing follows, but for whether its area is wound down."""
        return Facts(self.start, self.ends_on, suspended=self.suspended_at is not None)

    @property
    def terms(self) -> Terms:
        """The agreed terms."""
        return terms_from(self.agreed_terms)

    def holds_on(self, day: date) -> bool:
        """Whether `day` lies in the service period, an early end counted."""
        return self.start <= day and (self.ends_on is None or day <= self.ends_on)


class PricePlan(Base):
    """One version of the provider's plan: what is offered from then on. Running contracts keep the one they have."""

    __tablename__ = "price_plans"
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    values: Mapped[dict[str, int]] = mapped_column(JsonColumn())
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(NfcText(80))

    @property
    def prices(self) -> Prices:
        """The version as rules."""
        return Prices(**self.values)


class OfferState(StrEnum):
    """`AGREED`: both sides signed, and a contract of the same id is there."""

    OFFERED = "offered"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"


class Offer(TenantRow, Base):
    """
    Terms on their way to a contract, with the text that both sides sign; the contract will have the same id.

    `plan` is {"number", "class", "copies", "parts"}: by which version of the plan a point was priced, and how.
    `digest` is the SHA-256 of the text in both languages.
    """

    __tablename__ = "contract_offers"
    __table_args__ = (Index("ix_contract_offers_state", "state"),)
    id: Mapped[Id]
    state: Mapped[str] = mapped_column(String(16))
    offered_terms: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    plan: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    text_ja: Mapped[str] = mapped_column(NfcText())
    text_en: Mapped[str] = mapped_column(NfcText())
    digest: Mapped[str] = mapped_column(String(64))
    replaces: Mapped[str | None] = mapped_column(String(ids.LENGTH))
    offered_at: Mapped[datetime]
    valid_until: Mapped[date | None]
    """The last day on which it can be agreed to; None where that was not said."""

    @property
    def terms(self) -> Terms:
        """The terms that are offered."""
        return terms_from(self.offered_terms)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the price of a point is made of."""
        return tuple(Part.of(one) for one in self.plan["parts"])


class ContractAct(TenantRow, Base):
    """What was done about a contract or its offer: when, by whom, from which address, and of which text."""

    __tablename__ = "contract_acts"
    __table_args__ = (Index("ix_contract_acts_contract_id", "contract_id", "id"),)
    id: Mapped[Id]
    contract_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(32))
    side: Mapped[str] = mapped_column(String(16))
    who: Mapped[str] = mapped_column(NfcText(80))
    name: Mapped[str] = mapped_column(NfcText())
    address: Mapped[str] = mapped_column(String(64))
    text_digest: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(8))
    """In which the text was read that was agreed to."""
    why: Mapped[str | None] = mapped_column(NfcText())
    day: Mapped[date | None]


class Paper(TenantRow, Base):
    """
    The text that both sides agreed to and who signed it, as PDF; one for each language agreed in. Never changed.

    `digest` is the SHA-256 of the PDF, `text_digest` that of the text in both languages, which the PDF carries.
    """

    __tablename__ = "contract_papers"
    __table_args__ = (UniqueConstraint("facility_id", "contract_id", "language"),)
    id: Mapped[Id]
    contract_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("contracts.id"))
    language: Mapped[str] = mapped_column(String(8))
    text_digest: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    made_at: Mapped[datetime]


class WindDown(TenantRow, Base):
    """
    The end of an area after its last contract: read only through `until`, then its erasure is ordered.

    It stops when a new contract is agreed.
    """

    __tablename__ = "wind_downs"
    __table_args__ = (UniqueConstraint("facility_id", "contract_id"),)
    id: Mapped[Id]
    contract_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    began_at: Mapped[datetime]
    until: Mapped[date]
    stopped_at: Mapped[datetime | None]
    ordered_at: Mapped[datetime | None]
    """When the erasure was ordered; until then a hold or a contract may have stood against it."""
