"""What the worker does for exams: thumbnails, once ingest has had its turn."""

from datetime import timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from vault.base import clock, jobs
from vault.base.jobs import Context, Queue
from vault.base.scope import Scope
from vault.exams import thumbnails
from vault.store.store import Store

THUMBNAILS = "exams.thumbnails"
_DELAY = timedelta(seconds=2)


class Resources(Protocol):
    """What these jobs need of the installation."""

    @property
    def store(self) -> Store: ...


def order_thumbnails(session: Session, scope: Scope, exam_id: str) -> str:
    """Have thumbnails made for the images of an exam that have none; a little later, so that ingest goes first."""
    args = {"facility_id": scope.area, "exam_id": exam_id}
    due = clock.now() + _DELAY
    return jobs.add(session, THUMBNAILS, args, due_at=due, key=f"{THUMBNAILS}:{exam_id}", facility_id=scope.facility_id)


@jobs.handler(THUMBNAILS, queue=Queue.MEDIA)
def make_thumbnails(context: Context) -> dict[str, int]:
    """Thumbnails for one exam; run twice it makes nothing twice."""
    resources: Resources = context.resources
    scope = Scope.system(context.args["facility_id"])
    return thumbnails.make_for_exam(context, resources.store, scope, context.args["exam_id"])
