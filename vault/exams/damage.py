"""What damaged blobs are, by the names people know: the exam and the image, the file's path, a preview."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.exams.models import DriveFile, ExamImage, Thumbnail
from vault.store.models import BlobRow
from vault.tenancy.models import Facility


@dataclass(frozen=True)
class Named:
    """Something that is damaged: `facility` is its code; `what` begins with `exam`, `file` or `blob`."""

    facility: str
    what: str
    exam: str | None
    digest: str

    def as_data(self) -> dict[str, str | None]:
        """For JSON."""
        return asdict(self)


def of_all(session: Session, *, limit: int = 200) -> list[Named]:
    """Everything of every area that is damaged now and was not healed, by its names."""
    damaged = select(BlobRow.facility_id, BlobRow.digest).where(BlobRow.damaged_at.is_not(None))
    rows = session.execute(damaged.order_by(BlobRow.damaged_at.desc()).limit(limit)).all()
    return [named for facility_id, digest in rows for named in of_blob(session, facility_id, digest)]


def of_blob(session: Session, facility_id: str, digest: str) -> Iterator[Named]:
    """Everything that one blob of an area is: the same bytes may be several images."""
    code = session.scalar(select(Facility.code).where(Facility.id == facility_id)) or facility_id
    images = select(ExamImage.exam_id, ExamImage.name).where(
        ExamImage.facility_id == facility_id, ExamImage.sha256 == digest
    )
    files = select(DriveFile.path).where(DriveFile.facility_id == facility_id, DriveFile.sha256 == digest)
    small = (
        select(ExamImage.exam_id, ExamImage.name)
        .join(Thumbnail, Thumbnail.image_id == ExamImage.id)
        .where(Thumbnail.facility_id == facility_id, Thumbnail.sha256 == digest)
    )
    found = [Named(code, f"exam {exam} image {name}", exam, digest) for exam, name in session.execute(images)]
    found += [Named(code, f"file {path}", None, digest) for path in session.scalars(files)]
    found += [Named(code, f"exam {exam} preview of {name}", exam, digest) for exam, name in session.execute(small)]
    yield from found or [Named(code, f"blob {digest}", None, digest)]
