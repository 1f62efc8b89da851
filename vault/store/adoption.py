"""Packs that no row knows: what they hold is registered, so that nothing is deleted that was not looked into."""

from collections.abc import Iterator
from datetime import timedelta

import structlog
from sqlalchemy import select

from vault.base import audit, clock, ids
from vault.base.faults import Point, point
from vault.base.scope import Scope
from vault.store import leases, scan, service
from vault.store.garbage import Collected, Hands
from vault.store.models import PackRow
from vault.store.packs import Area
from vault.tenancy import holds

log = structlog.get_logger()

LONGEST_WRITING = timedelta(days=1)
"""No upload writes to one pack for longer."""


def adopt(hands: Hands, facility_id: str) -> Collected:
    """
    Register packs that were left behind by a stop, or by a database that is older than they are.

    Packs of the last day are left alone: they may be being written. One in which no whole blob is found is counted as
    unreadable and logged by its name; once it has lain there for `adopted_wait` it is deleted, if it is torn.
    """
    found = Collected()
    with hands.read() as session:
        known = set(session.scalars(select(PackRow.pack).where(PackRow.facility_id == facility_id)))
        area = hands.store.area(session, Scope.system(facility_id))
    for pack in _unknown(hands, facility_id, known):
        stored = scan.entries(hands.store.backend, area, pack)
        if not stored:
            log.warning("pack without a whole blob", area=facility_id, pack=pack)
            found.unreadable += 1
            found.torn += _deleted(hands, area, pack)
            continue
        with hands.transaction() as session:
            service.adopt(session, facility_id, stored)
        point(Point.PACK_ADOPTED)
        found.adopted += 1
    return found


def _deleted(hands: Hands, area: Area, pack: str) -> bool:
    """
    Delete a torn pack that nobody claimed in a month; a pack that may yet be healed or opened stays.

    It never counted: no call was answered before its pack was whole. Where there is a second copy that may be whole,
    and where a hold or the key's absence keeps us from being sure, it is left. The log is told first: after a stop in
    between it says so twice, never of a pack that went without a word.
    """
    oldest = ids.first_of(clock.now() - hands.adopted_wait)
    if hands.copies or pack >= oldest or not scan.is_torn(hands.store.backend, area, pack):
        return False
    with hands.transaction() as session:
        if holds.on_area(session, area.facility_id) is not None or leases.until(session) is not None:
            return False
        audit.record(session, Scope.system(area.facility_id), "pack.torn_deleted", items=[f"pack:{pack}"])
    point(Point.TORN_NOTED)
    hands.store.backend.delete(area.pack_name(pack))
    point(Point.TORN_DELETED)
    log.warning("torn pack deleted", area=area.facility_id, pack=pack)
    return True


def _unknown(hands: Hands, facility_id: str, known: set[str]) -> Iterator[str]:
    youngest = ids.first_of(clock.now() - LONGEST_WRITING)
    return (pack for pack in scan.packs(hands.store.backend, facility_id) if pack not in known and pack < youngest)
