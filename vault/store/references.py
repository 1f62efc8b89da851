"""
Who names blobs: each column that keeps the digest of one is registered here, beside its table.

What no registered column names is garbage, so a column that were forgotten would cost its blobs: a test finds every
column that might hold a digest, and `require_all_known` refuses to work where a table of the database is not known.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from vault.base.database import Base
from vault.base.errors import Unavailable
from vault.store.models import BlobPart, BlobRow

_NOT_OURS = {"alembic_version"}


@dataclass(frozen=True)
class Reference:
    """A column of a tenant's table that holds digests (hex), or None."""

    facility: InstrumentedAttribute[Any]
    digest: InstrumentedAttribute[Any]

    @property
    def name(self) -> str:
        """`table.column`."""
        return f"{self.digest.class_.__tablename__}.{self.digest.key}"


_registered: dict[str, Reference] = {}


def keep(facility: InstrumentedAttribute[Any], digest: InstrumentedAttribute[Any]) -> None:
    """Blobs whose digest stands in this column live; `facility` says in whose area."""
    reference = Reference(facility, digest)
    _registered[reference.name] = reference


keep(BlobPart.facility_id, BlobPart.part)


def names() -> frozenset[str]:
    """Every registered column, as `table.column`."""
    return frozenset(_registered)


def every() -> tuple[Reference, ...]:
    """Every registered column."""
    return tuple(_registered.values())


def is_named(facility_id: str) -> ColumnElement[bool]:
    """Whether a blob of that area is named by anything; a condition on `BlobRow`."""
    return or_(
        *(
            BlobRow.digest.in_(
                select(one.digest).where(one.facility == facility_id, one.digest.is_not(None)).correlate(None)
            )
            for one in _registered.values()
        )
    )


def require_all_known(session: Session) -> None:
    """Unavailable where the database has a table that this process does not know: it might name blobs."""
    there = set(inspect(session.connection()).get_table_names())
    unknown = there - Base.metadata.tables.keys() - _NOT_OURS
    if unknown:
        raise Unavailable("tables_unknown", tables=", ".join(sorted(unknown)))
