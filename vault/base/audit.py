"""The audit log: who looked at or changed what, and why; each row holds the digest of the one before it."""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import rfc8785
from sqlalchemy import ForeignKey, Index, String, Table, UniqueConstraint, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault.base import clock, ids
from vault.base.database import Base, Id, JsonColumn, insert_all, insert_if_absent
from vault.base.scope import Scope

PROVIDER_CHAIN = "provider"
GENESIS = "0" * 64


class AuditHead(Base):
    """The end of one chain; locked while a row is added, so that no two rows follow the same one."""

    __tablename__ = "audit_heads"
    chain: Mapped[str] = mapped_column(String(ids.LENGTH), primary_key=True)
    sequence: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default=GENESIS)


class AuditRow(Base):
    """One look or change. `chain` is the facility's id, or `provider` for what concerns no area."""

    __tablename__ = "audit_rows"
    __table_args__ = (UniqueConstraint("chain", "sequence"), Index("ix_audit_rows_chain_at", "chain", "at"))

    id: Mapped[Id]
    chain: Mapped[str] = mapped_column(String(ids.LENGTH))
    facility_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"))
    sequence: Mapped[int]
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(80))
    name: Mapped[str]
    side: Mapped[str] = mapped_column(String(16))
    what: Mapped[str] = mapped_column(String(80))
    why: Mapped[str | None]
    items: Mapped[list[str]] = mapped_column(JsonColumn())
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))

    def computed_digest(self) -> str:
        """SHA-256 over the RFC 8785 form of the row's content, `previous` included."""
        content: dict[str, Any] = {
            "chain": self.chain,
            "sequence": self.sequence,
            "at": self.at.isoformat(),
            "who": self.who,
            "name": self.name,
            "side": self.side,
            "what": self.what,
            "why": self.why,
            "items": list(self.items),
            "previous": self.previous,
        }
        return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


_COLUMNS = [column.key for column in AuditRow.__mapper__.column_attrs]
_OF_CHAIN = AuditHead.__table__.c.chain == bindparam("of_chain")
_LOCKED = select(AuditHead.__table__.c.sequence, AuditHead.__table__.c.digest).where(_OF_CHAIN).with_for_update()
_ADVANCED = update(cast(Table, AuditHead.__table__)).where(_OF_CHAIN)


def record(
    session: Session,
    scope: Scope,
    what: str,
    *,
    facility_id: str | None = None,
    why: str | None = None,
    items: Sequence[str] = (),
) -> AuditRow:
    """
    Add a row to the chain of `facility_id` (default: the caller's own area, else the provider's chain).

    `what` is a code such as `exam.viewed`; `items` are references such as `exam:ID`, never patient data. The row is
    given back as it was written, and is no part of the session.
    """
    facility_id = facility_id or scope.facility_id
    # The digest is of what the columns give back, which is NFC.
    name, why = unicodedata.normalize("NFC", scope.name), None if why is None else unicodedata.normalize("NFC", why)
    chain = facility_id or PROVIDER_CHAIN
    sequence, digest = _locked_head(session, chain)
    row = AuditRow(
        id=ids.new(),
        chain=chain,
        facility_id=facility_id,
        sequence=sequence + 1,
        at=clock.now(),
        who=scope.login,
        name=name,
        side=scope.side.value,
        what=what,
        why=why,
        items=list(items),
        previous=digest,
    )
    row.digest = row.computed_digest()
    insert_all(session, AuditRow, [{column: getattr(row, column) for column in _COLUMNS}])
    session.execute(_ADVANCED, {"of_chain": chain, "sequence": row.sequence, "digest": row.digest})
    return row


def _locked_head(session: Session, chain: str) -> tuple[int, str]:
    head = session.execute(_LOCKED, {"of_chain": chain}).one_or_none()
    if head is None:
        insert_if_absent(session, AuditHead, chain=chain, sequence=0, digest=GENESIS)
        head = session.execute(_LOCKED, {"of_chain": chain}).one()
    sequence, digest = head
    return sequence, digest


def broken_links(session: Session, chain: str) -> Iterator[int]:
    """The sequence numbers at which the chain does not hold: altered, removed, reordered or cut at the end."""
    expected, previous = 1, GENESIS
    for row in session.scalars(select(AuditRow).where(AuditRow.chain == chain).order_by(AuditRow.sequence)):
        if row.sequence != expected or row.previous != previous or row.digest != row.computed_digest():
            yield expected
        expected, previous = row.sequence + 1, row.digest
    head = session.scalar(select(AuditHead).where(AuditHead.chain == chain))
    if (expected - 1, previous) != ((0, GENESIS) if head is None else (head.sequence, head.digest)):
        yield expected
