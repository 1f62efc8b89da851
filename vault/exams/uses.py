"""What uses an area's space: every byte that counts is told once, under the first thing that needs it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from vault.base.scope import Scope, scoped
from vault.exams.models import DriveFile, DriveVersion
from vault.store.models import BlobRow
from vault.tenancy.models import Space

Digests = Select[str]


@dataclass(frozen=True)
class Uses:
    """In bytes; `capacity` None is no limit. `exams` and the three after it add up to `used`."""

    capacity: int | None
    used: int
    reserved: int
    exams: int
    files: int
    old: int
    requests: int

    @property
    def left(self) -> int | None:
        """What can still be promised; None without a limit."""
        return None if self.capacity is None else max(0, self.capacity - self.used - self.reserved)

    @property
    def parts(self) -> list[tuple[str, int]]:
        """What takes room at all, by name."""
        named = ("exams", "files", "old", "requests", "reserved")
        return [(name, getattr(self, name)) for name in named if getattr(self, name)]


def of(session: Session, scope: Scope, *, requests: Digests) -> Uses:
    """
    How the caller's area is filled. `requests` selects the digests of what answers brought along.

    A blob that several name counts once: as a file that is shown, else as an old or deleted version, else as part of a
    request, else as an exam's. What garbage collection has yet to take counts with the exams. Two statements, of which
    neither reads a row an image.
    """
    whole = session.scalars(scoped(select(Space), scope, Space).where(Space.target_id == "")).one()
    shown = _among(select(DriveFile.sha256).where(DriveFile.deleted_at.is_(None), DriveFile.facility_id == scope.area))
    versions = _among(select(DriveVersion.sha256).where(DriveVersion.facility_id == scope.area))
    deleted = _among(select(DriveFile.sha256).where(DriveFile.facility_id == scope.area))
    behind = and_(or_(versions, deleted), not_(shown))
    asked = and_(_among(requests), not_(or_(versions, deleted)))
    sums = select(_size(scope, shown), _size(scope, behind), _size(scope, asked))
    files, old, answered = (int(found or 0) for found in session.execute(sums).one())
    exams = max(0, whole.used - files - old - answered)
    return Uses(whole.capacity, whole.used, whole.reserved, exams, files, old, answered)


def _among(digests: Digests) -> ColumnElement[bool]:
    return BlobRow.digest.in_(digests.correlate(None))


def _size(scope: Scope, which: ColumnElement[bool]) -> ScalarSelect[int]:
    counted = scoped(select(func.sum(BlobRow.size)), scope, BlobRow).where(BlobRow.counted_in.is_not(None), which)
    return counted.scalar_subquery()
