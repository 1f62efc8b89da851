"""
Rotation of the provider key: every area's key is wrapped anew, no data is written again.

A stop anywhere leaves both keys able to unwrap what they wrapped; going on finishes what was begun. The old key is
retired apart, once nothing is wrapped by it and a copy of the new one has been proved to open.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.database import Database
from vault.base.errors import Conflict
from vault.base.faults import Point, point
from vault.store import areas, keys, leases, recovery
from vault.store.models import AreaKey
from vault.store.store import Store
from vault.tenancy import sealed_secrets
from vault.tenancy.models import Facility


@dataclass(frozen=True)
class Rotated:
    """The provider key that wraps now, and how many areas' keys were wrapped anew in this run."""

    key_id: str
    rewrapped: int


def begin(database: Database, folder: Path) -> str:
    """
    Make the next provider key, and return its id; where a rotation was begun and not finished, that one's.

    The caller writes a recovery file before it goes on: from the first area on the new key is needed.
    """
    ring = keys.load(folder)
    with database.read() as session:
        unfinished = select(AreaKey.key_id).where(AreaKey.erased_at.is_(None), AreaKey.key_id != ring.current)
        if session.scalar(unfinished.limit(1)) is not None:
            return ring.current
    made = keys.add(folder)
    point(Point.PROVIDER_KEY_ADDED)
    return made


def rewrap_all(database: Database, store: Store) -> Rotated:
    """Wrap all areas' keys and second factors by the current provider key, each in a transaction; others go on."""
    with database.read() as session:
        facility_ids = list(session.scalars(select(AreaKey.facility_id).order_by(AreaKey.facility_id)))
    count = 0
    for facility_id in facility_ids:
        with database.transaction() as session:
            count += areas.rewrap(session, store.backend, store.keys, facility_id)
        point(Point.AREA_KEY_REWRAPPED)
    sealed_secrets.seal_all(database, store.keys)
    return Rotated(store.keys.current, count)


def retire(database: Database, store: Store, folder: Path) -> list[str]:
    """
    Remove every provider key but the current one; returns their ids.

    Raises Conflict: `recovery_not_proved` while no copy of all keys has been proved to open, `key_in_use` (with
    `areas`, a count) while a row, a file or a second copy is wrapped by one of them, `backup_runs` while one does.
    """
    ring = keys.load(folder)
    if not recovery.is_proved(folder, ring):
        raise Conflict("recovery_not_proved")
    old = sorted(set(ring.keys) - {ring.current})
    with database.transaction() as session:
        leases.require_none(session)
        used = in_use(session, store)
    for key_id in old:
        if used.get(key_id):
            raise Conflict("key_in_use", key_id=key_id, areas=used[key_id])
    for key_id in old:
        keys.retire(folder, key_id)
        point(Point.PROVIDER_KEY_RETIRED)
    return old


def in_use(session: Session, store: Store) -> dict[str, int]:
    """How many areas and second factors have something wrapped by each provider key, by its id."""
    found: dict[str, int] = sealed_secrets.by_key(session)
    for facility_id in session.scalars(select(Facility.id)).all():
        for key_id in areas.wrapped_by(session, store.backend, facility_id):
            found[key_id] = found.get(key_id, 0) + 1
    return found
