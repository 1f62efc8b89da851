"""The plan of a pack that rows know: what its copies and its rows tell of its layout, together."""

from collections.abc import Iterable

from sqlalchemy import select

from vault.base.scope import Scope
from vault.store.backends import Backend
from vault.store.format import Entry, Kind
from vault.store.garbage import Hands
from vault.store.inspection import Plan, plan
from vault.store.models import ADOPTED, PART, AreaKey, BlobRow, PackRow


def planned(hands: Hands, backends: Iterable[Backend], facility_id: str, pack: str) -> Plan | None:
    """The pack's plan by the first of `backends` that tells it; None where the pack, or its area, is gone."""
    with hands.read() as session:
        alive = select(PackRow.pack).join(AreaKey, AreaKey.facility_id == PackRow.facility_id)
        mine = alive.where(PackRow.facility_id == facility_id, PackRow.pack == pack, AreaKey.erased_at.is_(None))
        if session.scalar(mine) is None:
            return None
        area = hands.store.area(session, Scope.system(facility_id))
        rows = session.scalars(select(BlobRow).where(BlobRow.facility_id == facility_id, BlobRow.pack == pack)).all()
    unfinished = any(row.kind == ADOPTED for row in rows)
    return plan(backends, area, pack, [_entry(row) for row in rows], unfinished=unfinished)


def _entry(row: BlobRow) -> Entry:
    kind = Kind.LIST if row.parts else Kind.PART if row.kind == PART else Kind.BLOB
    return Entry(bytes.fromhex(row.digest), row.offset, row.length, row.size, kind)
