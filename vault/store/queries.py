"""What the store is asked: what an area holds of a list of digests, and where one blob lies."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.errors import NotFound
from vault.base.scope import Scope, scoped
from vault.store.models import BlobRow

_BATCH = 500


def held(session: Session, scope: Scope, digests: Iterable[str]) -> dict[str, int]:
    """Those of `digests` (hex) that the caller's area holds undamaged and for good, each with its size in bytes."""
    asked = list(dict.fromkeys(digests))
    found: dict[str, int] = {}
    for start in range(0, len(asked), _BATCH):
        statement = scoped(select(BlobRow.digest, BlobRow.size), scope, BlobRow)
        statement = statement.where(BlobRow.damaged_at.is_(None), BlobRow.condemned_at.is_(None))
        rows = session.execute(statement.where(BlobRow.digest.in_(asked[start : start + _BATCH])))
        found.update((digest, size) for digest, size in rows)
    return found


def blob(session: Session, scope: Scope, digest: str) -> BlobRow:
    """Where a blob of the caller's area lies; NotFound for what it does not hold, whoever else does."""
    row = session.scalar(scoped(select(BlobRow), scope, BlobRow).where(BlobRow.digest == digest))
    if row is None:
        raise NotFound("blob")
    return row


def blobs(session: Session, scope: Scope, digests: Iterable[str]) -> dict[str, BlobRow]:
    """Where those of `digests` lie that the caller's area holds."""
    asked = list(dict.fromkeys(digests))
    found: dict[str, BlobRow] = {}
    for start in range(0, len(asked), _BATCH):
        statement = scoped(select(BlobRow), scope, BlobRow).where(BlobRow.digest.in_(asked[start : start + _BATCH]))
        found.update((row.digest, row) for row in session.scalars(statement))
    return found
