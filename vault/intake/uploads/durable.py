"""Parts that are durable count: their rows, the upload's offset, and how long it is kept."""

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.intake.uploads import service
from vault.intake.uploads.models import Upload, UploadPart
from vault.store import leftovers
from vault.store import service as blob_rows
from vault.store.packs import Stored
from vault.tenancy import capacity


def register(session: Session, upload: Upload, stored: list[Stored]) -> None:
    """Count durable parts in; the caller has locked the upload."""
    if stored:
        blob_rows.register(session, upload.facility_id, stored)
        first = count(session, upload)
        session.execute(insert(UploadPart), [_row(upload, first + place, one) for place, one in enumerate(stored)])
        leftovers.settle(session, upload.facility_id, stored)
    upload.offset += sum(one.size for one in stored)
    upload.expires_at = clock.now() + service.KEPT
    capacity.renew(session, service.subject_of(upload))
    if upload.offset == upload.length:
        upload.completed_at = clock.now()
    session.flush()


def count(session: Session, upload: Upload) -> int:
    """How many parts the upload has."""
    mine = select(func.count()).where(UploadPart.facility_id == upload.facility_id, UploadPart.upload_id == upload.id)
    return session.scalar(mine) or 0


def _row(upload: Upload, place: int, stored: Stored) -> dict[str, object]:
    return {
        "facility_id": upload.facility_id,
        "upload_id": upload.id,
        "place": place,
        "part": stored.digest,
        "size": stored.size,
    }
