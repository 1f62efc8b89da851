"""Backup runs, read."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.backup.models import BackupRun
from vault.base.scope import Role, Scope, scoped
from vault.exams.models import GONE, Exam, ExamImage
from vault.store.models import BlobRow

MOST_DAMAGED = 100


def recent(session: Session, scope: Scope, *, limit: int = 50) -> list[BackupRun]:
    """The latest runs in the caller's area, newest first."""
    statement = scoped(select(BackupRun), scope, BackupRun)
    return list(session.scalars(statement.order_by(BackupRun.id.desc()).limit(limit)))


def last_of(session: Session, scope: Scope, device_id: str) -> BackupRun | None:
    """The device's latest run."""
    statement = scoped(select(BackupRun), scope, BackupRun).where(BackupRun.device_id == device_id)
    return session.scalar(statement.order_by(BackupRun.id.desc()).limit(1))


def damaged(session: Session, scope: Scope) -> list[str]:
    """
    The calling device's own keys of exams that it backed up and of which something was damaged since, oldest first.

    Sent again they are whole: its next announcement is told what is missing. At most 100 at once.
    """
    scope.require(Role.DEVICE)
    hit = scoped(select(BlobRow.digest), scope, BlobRow).where(BlobRow.damaged_at.is_not(None))
    found = (
        scoped(select(Exam.key, Exam.id), scope, Exam)
        .join(ExamImage, (ExamImage.exam_id == Exam.id) & (ExamImage.facility_id == Exam.facility_id))
        .where(ExamImage.sha256.in_(hit), Exam.maker == f"device:{scope.device_id}", Exam.key.is_not(None))
        .where(Exam.state.not_in(GONE))
    )
    rows = session.execute(found.distinct().order_by(Exam.id).limit(MOST_DAMAGED))
    return [key for key, _ in rows if key is not None]
