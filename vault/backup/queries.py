"""Backup runs, read."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.backup.models import BackupRun
from vault.base.scope import Scope, scoped


def recent(session: Session, scope: Scope, *, limit: int = 50) -> list[BackupRun]:
    """The latest runs in the caller's area, newest first."""
    statement = scoped(select(BackupRun), scope, BackupRun)
    return list(session.scalars(statement.order_by(BackupRun.id.desc()).limit(limit)))


def last_of(session: Session, scope: Scope, device_id: str) -> BackupRun | None:
    """The device's latest run."""
    statement = scoped(select(BackupRun), scope, BackupRun).where(BackupRun.device_id == device_id)
    return session.scalar(statement.order_by(BackupRun.id.desc()).limit(1))
