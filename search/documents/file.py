"""Files of the drive as documents: where they lie and what they are, not what they hold."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from search.documents.area import Area
from search.engine.port import Document, Kind
from vault.base.scope import scoped
from vault.exams.models import DriveFile


def document(area: Area, file: DriveFile) -> Document:
    """The document of a file: its name as the title, its whole path in the body."""
    return Document(
        kind=Kind.FILE,
        id=file.id,
        facility_id=area.facility_id,
        facility=area.code,
        title=file.path.rpartition("/")[2],
        body=f"{file.path}\n{file.media_type}",
        at=file.modified_at,
    )


def load(session: Session, area: Area, ids: Sequence[str]) -> list[Document]:
    """The documents of those of the area's files that are not deleted."""
    statement = scoped(select(DriveFile), area.scope, DriveFile)
    statement = statement.where(DriveFile.id.in_(ids), DriveFile.deleted_at.is_(None))
    return [document(area, file) for file in session.scalars(statement)]
