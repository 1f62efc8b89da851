"""One round of garbage collection: all steps for one area, or for every area one after the other."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from vault.store import leases, references
from vault.store.adoption import adopt
from vault.store.compaction import compact
from vault.store.emptied import delete_emptied
from vault.store.garbage import Collected, Hands, condemn, sweep
from vault.store.models import AreaKey
from vault.tenancy import holds

STEPS: Sequence[Callable[[Hands, str], Collected]] = (adopt, condemn, sweep, compact, delete_emptied)


def collect(hands: Hands, on_area: Callable[[int, int], None] = lambda done, total: None) -> Collected:
    """
    Collect in every area that is neither erased nor held; `on_area` hears how many of how many are done.

    Unavailable where this process does not know all that might name a blob.
    """
    with hands.read() as session:
        references.require_all_known(session)
        living = select(AreaKey.facility_id).where(AreaKey.erased_at.is_(None))
        areas = list(session.scalars(living.order_by(AreaKey.facility_id)))
    found = Collected()
    for done, facility_id in enumerate(areas):
        on_area(done, len(areas))
        found.add(collect_area(hands, facility_id))
    return found


def collect_area(hands: Hands, facility_id: str) -> Collected:
    """Collect in one area; nothing is done in one that is held, and nowhere while a system backup runs."""
    found = Collected()
    for step in STEPS:
        with hands.transaction() as session:
            if holds.on_area(session, facility_id) is not None or leases.until(session) is not None:
                return found
        found.add(step(hands, facility_id))
    return found
