"""What the worker does for intake: unused room is given back, deleted exams are removed, erasures carried out."""

from datetime import timedelta
from typing import Protocol

from vault.base import clock, jobs
from vault.base.jobs import Context, Queue
from vault.exams import deletion
from vault.intake import ends, erasing, erasure, receipts
from vault.intake.signing import SigningKeys
from vault.store import tasks as store_tasks
from vault.tenancy import capacity

GIVE_BACK = "intake.give_back"
REMOVE = "intake.remove_deleted"
ERASE = "intake.erase"
WIND_DOWN = "intake.wind_down"
_OURS = ("exam:", "upload:")


class Resources(store_tasks.Resources, Protocol):
    """What these jobs need of the installation."""

    @property
    def signing(self) -> SigningKeys: ...


@jobs.handler(GIVE_BACK, queue=Queue.SLOW, every=timedelta(hours=1))
def give_back(context: Context) -> dict[str, int]:
    """An exam that goes on later has its room promised again, if there is any; what had arrived stays."""
    with context.database.read() as session:
        subjects = [one for one in capacity.abandoned(session, clock.now()) if one.startswith(_OURS)]
    for subject in subjects:
        with context.transaction() as session:
            capacity.release(session, subject)
    return {"given_back": len(subjects)}


@jobs.handler(REMOVE, queue=Queue.SLOW, every=timedelta(hours=1))
def remove_deleted(context: Context) -> dict[str, int]:
    """Exams whose grace has ended; what nothing else names of them is garbage from then on."""
    resources: Resources = context.resources
    policy = resources.settings.retention
    return {"removed": deletion.remove_expired(context.transaction, policy, receipts.note_removal)}


@jobs.handler(ERASE, queue=Queue.SLOW, every=timedelta(hours=1))
def erase(context: Context) -> dict[str, int]:
    """Areas whose erasure is due; one that a hold keeps, or whose second copy is not gone yet, is tried again."""
    resources: Resources = context.resources
    with context.database.read() as session:
        waiting = erasure.due(session)
    hands = store_tasks.hands_of(context)
    erased = sum(erasing.carry_out(hands, resources.signing, one) for one in waiting)
    return {"erased": erased, "waiting": len(waiting) - erased}


@jobs.handler(WIND_DOWN, queue=Queue.SLOW, every=timedelta(hours=1))
def wind_down(context: Context) -> dict[str, int]:
    """Order the erasure of areas whose time to fetch is over; call it off where a contract was agreed since."""
    resources: Resources = context.resources
    with context.transaction() as session:
        kept = ends.call_off(session)
        ordered = ends.order(session, resources.settings.retention)
    return {"ordered": ordered, "called_off": kept}
