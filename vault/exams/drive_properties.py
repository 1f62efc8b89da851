"""What WebDAV clients keep with files and folders under names of their own ("dead properties")."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from vault.base.database import insert_if_absent
from vault.base.errors import TooLarge
from vault.base.scope import Scope, scoped
from vault.exams.models import DriveProperty

LONGEST_NAME = 512
LARGEST_VALUE = 64 * 2**10
MOST = 100
_BATCH = 500


def of(session: Session, scope: Scope, owner_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """By owner id: the values by name."""
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(owner_ids), _BATCH):
        statement = scoped(select(DriveProperty), scope, DriveProperty)
        mine = statement.where(DriveProperty.owner_id.in_(owner_ids[start : start + _BATCH]))
        for row in session.scalars(mine.order_by(DriveProperty.name)):
            found.setdefault(row.owner_id, {})[row.name] = row.value
    return found


def check(name: str, value: str, kept: Mapping[str, str]) -> None:
    """Raise TooLarge for a name or value that is too long, or one too many (100 each)."""
    if len(name) > LONGEST_NAME or len(value.encode()) > LARGEST_VALUE:
        raise TooLarge("property_too_large", limit=LARGEST_VALUE)
    if name not in kept and len(kept) >= MOST:
        raise TooLarge("too_many_properties", limit=MOST)


def keep(session: Session, scope: Scope, owner_id: str, name: str, value: str | None) -> None:
    """Set the property, or with None take it away."""
    mine = DriveProperty.facility_id == scope.area, DriveProperty.owner_id == owner_id
    session.execute(delete(DriveProperty).where(*mine, DriveProperty.name == name))
    if value is not None:
        insert_if_absent(session, DriveProperty, facility_id=scope.area, owner_id=owner_id, name=name, value=value)


def copy(session: Session, scope: Scope, pairs: Mapping[str, str]) -> None:
    """Give each copy (the mapping's value, an owner id) what its original has."""
    for original, kept in of(session, scope, list(pairs)).items():
        session.add_all(
            DriveProperty(facility_id=scope.area, owner_id=pairs[original], name=name, value=value)
            for name, value in kept.items()
        )
    session.flush()


def forget(session: Session, scope: Scope, owner_ids: Sequence[str]) -> None:
    """Drop what was kept with things that are gone for good."""
    mine = delete(DriveProperty).where(DriveProperty.facility_id == scope.area)
    session.execute(mine.where(DriveProperty.owner_id.in_(owner_ids)))
