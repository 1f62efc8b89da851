"""What was deleted from the drive is forgotten once its grace ends; bytes that nothing else names are garbage then."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.scope import Scope
from vault.exams import drive_locks, drive_properties
from vault.exams.models import DriveFile, DriveFolder, DriveVersion
from vault.tenancy.holds import HoldKind
from vault.tenancy.models import LegalHold

GRACE = timedelta(days=30)
BATCH = 500

Keeper = Callable[[], Select[tuple[str]]]
_keepers: list[Keeper] = []


def keeps_files(keeper: Keeper) -> Keeper:
    """Have `keeper` name, as a statement, ids of files whose versions somebody still points at: those stay."""
    if keeper not in _keepers:
        _keepers.append(keeper)
    return keeper


def forget_files(session: Session) -> int:
    """Forget a batch of files deleted more than 30 days ago, with their versions; returns how many."""
    statement = select(DriveFile).where(DriveFile.deleted_at < clock.now() - GRACE, _not_held(DriveFile))
    for keeper in _keepers:
        statement = statement.where(DriveFile.id.not_in(keeper()))
    gone = session.scalars(statement.order_by(DriveFile.deleted_at).limit(BATCH).with_for_update()).all()
    for file in gone:
        drive_properties.forget(session, Scope.system(file.facility_id), [file.id])
        session.execute(
            delete(DriveVersion).where(DriveVersion.facility_id == file.facility_id, DriveVersion.file_id == file.id)
        )
        session.delete(file)
    session.flush()
    return len(gone)


def forget_folders(session: Session) -> int:
    """Forget a batch of folders deleted more than 30 days ago; returns how many."""
    statement = select(DriveFolder).where(DriveFolder.deleted_at < clock.now() - GRACE, _not_held(DriveFolder))
    gone = session.scalars(statement.order_by(DriveFolder.deleted_at).limit(BATCH).with_for_update()).all()
    for folder in gone:
        drive_properties.forget(session, Scope.system(folder.facility_id), [folder.id])
        session.delete(folder)
    session.flush()
    return len(gone)


def forget_locks(session: Session) -> None:
    """Drop locks that have run out."""
    drive_locks.forget_old(session)


def _not_held(model: type[DriveFile] | type[DriveFolder]) -> ColumnElement[bool]:
    held = select(LegalHold.facility_id).where(LegalHold.kind == HoldKind.AREA.value, LegalHold.lifted_at.is_(None))
    return model.facility_id.not_in(held)
