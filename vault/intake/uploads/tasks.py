"""What the worker does for uploads: those that nobody went on with are given up."""

from datetime import timedelta

from sqlalchemy import select

from vault.base import clock, jobs
from vault.base.jobs import Context, Queue
from vault.intake.uploads import service
from vault.intake.uploads.models import Upload
from vault.store import leftovers
from vault.store.tasks import Resources

EXPIRE = "intake.expire_uploads"
_BATCH = 1000


@jobs.handler(EXPIRE, queue=Queue.SLOW, every=timedelta(hours=1))
def expire(context: Context) -> dict[str, int]:
    """The room of an expired upload is given back; the rows of ended ones go as well."""
    with context.database.read() as session:
        expired = select(Upload.id).where(Upload.expires_at <= clock.now()).order_by(Upload.expires_at)
        due = list(session.scalars(expired.limit(_BATCH)))
    areas = set()
    for upload_id in due:
        with context.transaction() as session:
            mine = select(Upload).where(Upload.id == upload_id, Upload.expires_at <= clock.now())
            upload = session.scalar(mine.with_for_update())
            if upload is not None:
                areas.add(upload.facility_id)
                service.give_up(session, upload)
    resources: Resources = context.resources
    for facility_id in sorted(areas):
        leftovers.clear(context.database, resources.store, facility_id)
    return {"expired": len(due)}
