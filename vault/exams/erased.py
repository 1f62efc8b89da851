"""What an erased area leaves of its exams and its drive: rows that receipts and requests point to, without content."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.outbox import publish
from vault.exams import deletion
from vault.exams.events import ExamRemoved, FileChanged
from vault.exams.models import DriveFile, DriveFolder, DriveLock, DriveProperty, DriveVersion, Exam, ExamState

BATCH = 200


def forget_exams(session: Session, facility_id: str) -> list[str]:
    """Forget images, names and notes of some exams; returns their ids, none once all are forgotten."""
    left = select(Exam).where(Exam.facility_id == facility_id, Exam.state != ExamState.REMOVED)
    exams = session.scalars(left.limit(BATCH)).all()
    for exam in exams:
        deletion.forget(session, exam)
        publish(session, ExamRemoved(facility_id, exam.id))
    return [exam.id for exam in exams]


def forget_drive(session: Session, facility_id: str) -> int:
    """Forget what lies in the drive; of some files the row stays, with its id for a path. Returns how many."""
    owned: tuple[Any, ...] = (DriveVersion, DriveFolder, DriveLock, DriveProperty)
    for table in owned:
        session.execute(delete(table).where(table.facility_id == facility_id))
    left = select(DriveFile).where(DriveFile.facility_id == facility_id, DriveFile.path != DriveFile.id)
    files = session.scalars(left.limit(BATCH)).all()
    for file in files:
        file.path = file.folded_path = file.id
        file.folded_parent, file.deleted_with = "", None
        file.deleted_at = file.deleted_at or clock.now()
        publish(session, FileChanged(facility_id, file.id))
    session.flush()
    return len(files)
