"""Backup runs, read."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vault.backup import judging, schedule
from vault.backup.models import BackupRun
from vault.backup.nights import Progress
from vault.base.scope import Role, Scope, scoped
from vault.contracts import queries as contracts
from vault.exams.models import GONE, Exam, ExamImage
from vault.intake.models import Restoration
from vault.store.models import BlobRow

MOST_DAMAGED = 100
BEFORE_BACKUP = timedelta(hours=1)
"""A receipt dated before a backup may have been committed after it; nothing takes as long."""


def recent(session: Session, scope: Scope, *, limit: int = 50) -> list[BackupRun]:
    """The latest runs in the caller's area, newest first."""
    statement = scoped(select(BackupRun), scope, BackupRun)
    return list(session.scalars(statement.order_by(BackupRun.id.desc()).limit(limit)))


def last_of(session: Session, scope: Scope, device_id: str) -> BackupRun | None:
    """The device's latest run."""
    statement = scoped(select(BackupRun), scope, BackupRun).where(BackupRun.device_id == device_id)
    return session.scalar(statement.order_by(BackupRun.id.desc()).limit(1))


def restored(session: Session) -> dict[str, str] | None:
    """
    The newest restore of the whole installation, and since when an exam may be missing that was held before: a device
    that does not know of it announces its exams of that time again. None where nothing was ever restored.
    """
    newest = session.scalar(select(Restoration.id).order_by(Restoration.id.desc()).limit(1))
    oldest = session.scalar(select(func.min(Restoration.made_at)))
    if newest is None or oldest is None:
        return None
    return {"id": newest, "since": (oldest - BEFORE_BACKUP).isoformat(timespec="seconds").replace("+00:00", "Z")}


def due(session: Session, scope: Scope) -> str | None:
    """
    Since when (RFC 3339) the calling device owes the night's run: its hour has come and it has not done its part yet.
    """
    scope.require(Role.DEVICE)
    asked = schedule.last_asked(session, scope, contracts.target_of_caller(session, scope))
    if asked is None:
        return None
    row = schedule.row_of(session, scope, asked)
    if row is not None and (row.finished_at is not None or row.made_good_at is not None):
        return None
    if row is not None and judging.progress(session, scope, row).get(scope.device_id or "") is Progress.DONE:
        return None
    return asked.due_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
