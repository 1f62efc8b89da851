"""
What changes in a database that was restored, before anybody works on it: it is as old as its backup, the world is not.

Receipts go on behind every number that may have been given out since; nobody is signed in; what was under way is due
again; blobs whose bytes the backup did not have are called damaged, so that their devices send them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock, ids
from vault.base.database import count_changed, insert_if_absent
from vault.base.jobs import Job, JobState
from vault.base.outbox import OutboxRow
from vault.base.scope import Scope
from vault.intake.models import ReceiptHead, Restoration
from vault.intake.uploads.models import Upload
from vault.store import service
from vault.store.models import BlobRow, PackLease
from vault.system.manifest import Manifest
from vault.tenancy.models import Facility, SignInLink, SignInSession

LEAST_GAP = 1_000
GAP_A_SECOND = 10
"""Far more receipts than an area is given, so that a second restore of the same backup lands beyond the first."""


@dataclass(frozen=True)
class Settled:
    """How far receipts were moved on, and what was ended or made due again."""

    gap: int
    sessions: int
    jobs: int
    events: int


def gap_since(made_at: datetime) -> int:
    """How many numbers are left out in each area's chain of receipts, restoring a backup of `made_at` now."""
    return LEAST_GAP + GAP_A_SECOND * max(0, int((clock.now() - made_at).total_seconds()))


def settle(session: Session, manifest: Manifest, restore_id: str) -> Settled | None:
    """Make the restored database fit to be worked on; None where this restore has done so already."""
    if session.scalar(select(Restoration.id).where(Restoration.id == restore_id)) is not None:
        return None
    gap = gap_since(manifest.made)
    moment = {"made_at": manifest.made, "restored_at": clock.now()}
    session.add(Restoration(id=restore_id, backup_id=manifest.id, gap=gap, **moment))
    session.flush()
    _move_receipts_on(session, gap)
    session.execute(update(PackLease).values(until=None))
    session.execute(update(Upload).values(holder=None, held_until=None))
    links = update(SignInLink).where(SignInLink.used_at.is_(None))
    session.execute(links.values(used_at=clock.now()))
    settled = Settled(gap, _end_sessions(session), _make_jobs_due(session), _make_events_due(session))
    _record(session, manifest)
    return settled


def report_lost(session: Session, lost: Sequence[tuple[str, str]]) -> int:
    """Call every blob damaged that lies in one of these (area, pack); how many there are."""
    count = 0
    for area, pack in lost:
        mine = select(BlobRow.digest).where(BlobRow.facility_id == area, BlobRow.pack == pack)
        for digest in session.scalars(mine).all():
            count += service.report_damage(session, area, digest)
    return count


def _move_receipts_on(session: Session, gap: int) -> None:
    session.execute(update(ReceiptHead).values(sequence=ReceiptHead.sequence + gap))
    for facility_id in session.scalars(select(Facility.id)).all():
        insert_if_absent(session, ReceiptHead, facility_id=facility_id, sequence=gap, digest=None)


def _end_sessions(session: Session) -> int:
    live = update(SignInSession).where(SignInSession.ended_at.is_(None))
    return count_changed(session, live.values(ended_at=clock.now()))


def _make_jobs_due(session: Session) -> int:
    running = update(Job).where(Job.state == JobState.RUNNING)
    again: dict[str, Any] = {"state": JobState.WAITING, "due_at": clock.now(), "lease_until": None, "holder": None}
    return count_changed(session, running.values(**again))


def _make_events_due(session: Session) -> int:
    waiting = update(OutboxRow).where(OutboxRow.relayed_at.is_(None))
    return count_changed(session, waiting.values(retry_at=None))


def _record(session: Session, manifest: Manifest) -> None:
    """In the provider's log and in every area's: what happened after that moment is not in it."""
    why, items = manifest.made.isoformat(timespec="seconds"), [f"backup:{manifest.id}"]
    audit.record(session, Scope.system(), "system.restored", why=why, items=items)
    for facility_id in session.scalars(select(Facility.id).order_by(Facility.id)).all():
        audit.record(session, Scope.system(facility_id), "system.restored", why=why, items=items)


def new_restore() -> str:
    """The id under which a restore is known, also when it is gone on with."""
    return ids.new()
