"""What the worker does for exams and the drive: thumbnails once ingest has rested; what was deleted is forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from vault.base import clock, jobs, outbox
from vault.base.jobs import Context, Queue
from vault.base.scope import Scope
from vault.base.settings import Settings
from vault.exams import forgetting, thumbnails
from vault.exams.events import ExamsHeld
from vault.store.store import Store

THUMBNAILS = "exams.thumbnails"
FORGET = "exams.forget-deleted"
_IDLE = timedelta(seconds=2)
_AGAIN = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(minutes=1)


class Resources(Protocol):
    """What these jobs need of the installation."""

    @property
    def store(self) -> Store: ...

    @property
    def settings(self) -> Settings: ...


def order_thumbnails(session: Session, scope: Scope, exam_ids: Sequence[str]) -> None:
    """Have thumbnails made for the images of exams that have none; a little later, so that ingest goes first."""
    now = clock.now()
    every = {"facility_id": scope.area, "ordered_at": now.isoformat()}
    orders = {f"{THUMBNAILS}:{exam_id}": every | {"exam_id": exam_id} for exam_id in exam_ids}
    jobs.add_all(session, THUMBNAILS, orders, due_at=now + _IDLE, facility_id=scope.area)


@jobs.handler(THUMBNAILS, queue=Queue.MEDIA)
def make_thumbnails(context: Context) -> dict[str, int]:
    """Thumbnails for one exam, once ingest rests or a minute has gone by; run twice it makes nothing twice."""
    if _ingest_goes_on(context):
        with context.transaction() as session:
            _order(session, context.args, clock.now() + _AGAIN)
            jobs.put_off(session, THUMBNAILS, clock.now() + _AGAIN)
        return {"put_off": 1}
    resources: Resources = context.resources
    scope = Scope.system(context.args["facility_id"])
    return thumbnails.make_for_exam(context, resources.store, scope, context.args["exam_id"])


@jobs.handler(FORGET, queue=Queue.SLOW, every=timedelta(hours=6))
def forget_deleted(context: Context) -> dict[str, int]:
    """What was deleted from the drives and is kept by nothing any more; run twice it forgets nothing twice."""
    resources: Resources = context.resources
    files, folders = forgetting.forget(context.transaction, resources.settings.retention)
    with context.transaction() as session:
        forgetting.forget_locks(session)
    return {"files": files, "folders": folders}


def _order(session: Session, args: dict[str, str], due_at: datetime) -> str:
    key = f"{THUMBNAILS}:{args['exam_id']}"
    return jobs.add(session, THUMBNAILS, args, due_at=due_at, key=key, facility_id=args["facility_id"])


def _ingest_goes_on(context: Context) -> bool:
    now = clock.now()
    if datetime.fromisoformat(context.args["ordered_at"]) < now - _LONGEST_WAIT:
        return False
    with context.database.read() as session:
        held = outbox.latest(session, ExamsHeld)
    return held is not None and now - _IDLE < held <= now
