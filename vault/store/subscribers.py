"""What the store hears of itself: damage that was met, by whoever met it, is to be healed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.outbox import subscribe
from vault.store import tasks
from vault.store.finds import PackDamaged
from vault.store.models import BlobRow
from vault.store.service import BlobDamaged


def subscribe_all() -> None:
    """Have every damage answered with a job that heals; twice is once."""
    subscribe(BlobDamaged, _heal_of_blob)
    subscribe(PackDamaged, _heal)


def _heal_of_blob(session: Session, event: BlobDamaged) -> None:
    mine = select(BlobRow.pack).where(BlobRow.facility_id == event.facility_id, BlobRow.digest == event.digest)
    pack = session.scalar(mine)
    if pack is not None and event.facility_id is not None:
        tasks.order_healing(session, event.facility_id, pack)


def _heal(session: Session, event: PackDamaged) -> None:
    if event.facility_id is not None:
        tasks.order_healing(session, event.facility_id, event.pack)
