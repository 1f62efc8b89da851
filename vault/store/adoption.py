"""Packs that no row knows: what they hold is registered, so that nothing is ever deleted that was not looked into."""

from collections.abc import Iterator
from datetime import timedelta

import structlog
from sqlalchemy import select

from vault.base import clock, ids
from vault.base.faults import Point, point
from vault.base.scope import Scope
from vault.store import scan, service
from vault.store.garbage import Collected, Hands
from vault.store.models import PackRow

log = structlog.get_logger()

LONGEST_WRITING = timedelta(days=1)
"""No upload writes to one pack for longer."""


def adopt(hands: Hands, facility_id: str) -> Collected:
    """
    Register packs that were left behind by a stop, or by a database that is older than they are.

    Packs of the last day are left alone: they may be being written. One in which no whole blob is found is left alone
    too, counted as unreadable and logged by its name.
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
            continue
        with hands.transaction() as session:
            service.adopt(session, facility_id, stored)
        point(Point.PACK_ADOPTED)
        found.adopted += 1
    return found


def _unknown(hands: Hands, facility_id: str, known: set[str]) -> Iterator[str]:
    youngest = ids.first_of(clock.now() - LONGEST_WRITING)
    return (pack for pack in scan.packs(hands.store.backend, facility_id) if pack not in known and pack < youngest)
