"""What the store is asked: what an area holds of a list of digests, and where one blob lies."""

from collections.abc import Iterable

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from vault.base.errors import Damaged, NotFound
from vault.base.scope import Scope, scoped
from vault.store.models import BlobRow

log = structlog.get_logger()
_BATCH = 500


def held(session: Session, scope: Scope, digests: Iterable[str]) -> dict[str, int]:
    """
    Those of `digests` (hex) that the caller's area holds undamaged and for good, each with its size in bytes.

    What counts nowhere (a part of an upload, a thumbnail) is not among them: else it would be kept without its room.
    """
    return _counted(session, scope, digests, BlobRow.damaged_at.is_(None))


def damaged(session: Session, scope: Scope, digests: Iterable[str]) -> dict[str, int]:
    """Those of `digests` that are damaged, with their sizes: sent again they take no more room than they have."""
    return _counted(session, scope, digests, BlobRow.damaged_at.is_not(None))


def holds_size(session: Session, scope: Scope, size: int) -> bool:
    """Whether the caller's area holds any blob of just so many bytes, whoever names it: found by the index of sizes."""
    mine = scoped(select(BlobRow.digest), scope, BlobRow).where(BlobRow.counted_in.is_not(None), BlobRow.size == size)
    return session.scalar(mine.limit(1)) is not None


def largest_held(session: Session, scope: Scope) -> int:
    """Size in bytes of the largest blob that the caller's area holds; 0 where there is none."""
    mine = scoped(select(BlobRow.size), scope, BlobRow).where(BlobRow.counted_in.is_not(None))
    return session.scalar(mine.order_by(BlobRow.size.desc()).limit(1)) or 0


def _counted(
    session: Session, scope: Scope, digests: Iterable[str], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    """Those whose room counts as used and is not about to be given back, by further conditions."""
    asked = list(dict.fromkeys(digests))
    found: dict[str, int] = {}
    for start in range(0, len(asked), _BATCH):
        statement = scoped(select(BlobRow.digest, BlobRow.size), scope, BlobRow)
        statement = statement.where(BlobRow.counted_in.is_not(None), BlobRow.condemned_at.is_(None), *conditions)
        rows = session.execute(statement.where(BlobRow.digest.in_(asked[start : start + _BATCH])))
        found.update((digest, size) for digest, size in rows)
    return found


def blob(session: Session, scope: Scope, digest: str) -> BlobRow:
    """Where a blob of the caller's area lies; NotFound for what it does not hold, whoever else does."""
    row = session.scalar(scoped(select(BlobRow), scope, BlobRow).where(BlobRow.digest == digest))
    if row is None:
        raise NotFound("blob")
    return row


def kept(session: Session, scope: Scope, digest: str) -> BlobRow:
    """Where a blob lies that the caller's area was told it holds; Damaged, by its digest, where it is lost."""
    row = session.scalar(scoped(select(BlobRow), scope, BlobRow).where(BlobRow.digest == digest))
    if row is None:
        log.error("blob lost", area=scope.area, digest=digest)
        raise Damaged(digest=digest)
    return row


def blobs(session: Session, scope: Scope, digests: Iterable[str]) -> dict[str, BlobRow]:
    """Where those of `digests` lie that the caller's area holds."""
    asked = list(dict.fromkeys(digests))
    found: dict[str, BlobRow] = {}
    for start in range(0, len(asked), _BATCH):
        statement = scoped(select(BlobRow), scope, BlobRow).where(BlobRow.digest.in_(asked[start : start + _BATCH]))
        found.update((row.digest, row) for row in session.scalars(statement))
    return found
