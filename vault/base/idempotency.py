"""Idempotency keys: the answer to a POST, kept in the transaction of its effect, so that a retry gets the same."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import LargeBinary, String, Table, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault.base import clock
from vault.base.database import Base, insert_if_absent
from vault.base.errors import Invalid

KEPT = timedelta(days=7)
LONGEST_KEY = 200


class KeptAnswer(Base):
    """What caller `who` was answered for `key`; `request` is the SHA-256 of method, path and body."""

    __tablename__ = "kept_answers"
    who: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    content_type: Mapped[str] = mapped_column(String(120), default="")
    body: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    created_at: Mapped[datetime] = mapped_column(index=True)


_TABLE = cast(Table, KeptAnswer.__table__)
_MINE = update(_TABLE).where(_TABLE.c.who == bindparam("of_who"), _TABLE.c.key == bindparam("of_key"))


def begin(session: Session, who: str, key: str, request: str) -> KeptAnswer | None:
    """
    The answer kept for this key, or None: then it is the caller's to give, and to `keep` in this transaction.

    Raises Invalid when the key was used for another request, or is longer than 200 characters.
    """
    if not key or len(key) > LONGEST_KEY:
        raise Invalid("bad_key", field="Idempotency-Key", limit=LONGEST_KEY)
    if insert_if_absent(session, KeptAnswer, who=who, key=key, request=request, created_at=clock.now()):
        return None
    kept = session.scalars(select(KeptAnswer).where(KeptAnswer.who == who, KeptAnswer.key == key)).one()
    if kept.request != request:
        raise Invalid("key_reused", field="Idempotency-Key")
    return kept


def keep(session: Session, who: str, key: str, *, status: int, content_type: str, body: bytes) -> None:
    """Keep the answer with its effect: both become durable, or neither."""
    answer = {"status": status, "content_type": content_type, "body": body}
    session.execute(_MINE, {"of_who": who, "of_key": key, **answer})


def forget_old(session: Session) -> None:
    """Drop answers older than a week: nobody retries for so long."""
    session.execute(delete(KeptAnswer).where(KeptAnswer.created_at < clock.now() - KEPT))
