"""What a filed exam sets going: mass storage and backup, each if it is due after every exam."""

from collections.abc import Callable

from capture_client.backup import plan_cache, running
from capture_client.backup.plan import Plan
from capture_client.backup.running import Heard, Outcome
from capture_client.errors import CaptureError, Unavailable
from capture_client.filing import mass_storage
from capture_client.filing.database import FilingDatabase
from capture_client.link import Link
from capture_client.settings import Home

PER_EXAM = "per-exam"


def exam_filed(
    home: Home,
    database: FilingDatabase,
    link: Link,
    on_fault: Callable[[CaptureError], None],
    on_begin: Heard = lambda size: None,
    on_bytes: Heard = lambda count: None,
) -> Outcome | None:
    """
    Carry out what is due → the backup's outcome, None where none was due or it could not end.

    The exam is safe already, so a fault is told and left to the next backup instead of failing the filing.
    """
    try:
        if home.settings.storage.fill == PER_EXAM:
            mass_storage.fill(home, database)
        plan = _plan(link, database)
        if plan.after_each_exam and plan.timing:
            return running.backup(home, database, link, plan.timing, on_begin=on_begin, on_bytes=on_bytes)
    except CaptureError as fault:
        on_fault(fault)
    return None


def _plan(link: Link, database: FilingDatabase) -> Plan:
    """Today's plan; without the portal the one last served says whether a backup should be tried at all."""
    try:
        return plan_cache.fetch(link, database)
    except Unavailable:
        plan = plan_cache.cached(database)
        if plan.after_each_exam:
            raise
        return plan
