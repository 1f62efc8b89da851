"""
What came when, of what is still held: nobody wrote down how full an area was, so its growth is read off the times of
its exams and of its files' versions. What was deleted since is in none of it, and what came twice is in it twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from vault.base.scope import Role, Scope, scoped
from vault.exams.models import DriveVersion, Exam, ExamImage, ExamState


@dataclass(frozen=True)
class Arrived:
    """Bytes that came within a span of time: images of exams, and files of the drive."""

    exams: int
    files: int


def within(session: Session, scope: Scope, edges: Sequence[datetime]) -> list[Arrived]:
    """What came to the caller's area from each of the edges until the next; two statements."""
    spans = list(pairwise(edges))
    held = _sums(Exam.held_at, ExamImage.size, spans)
    images = scoped(select(*held), scope, Exam).select_from(Exam).join(ExamImage, ExamImage.exam_id == Exam.id)
    put = _sums(DriveVersion.put_at, DriveVersion.size, spans)
    exams = session.execute(images.where(Exam.state == ExamState.HELD, Exam.held_at >= edges[0])).one()
    files = session.execute(scoped(select(*put), scope, DriveVersion).where(DriveVersion.put_at >= edges[0])).one()
    return [Arrived(int(one or 0), int(other or 0)) for one, other in zip(exams, files, strict=True)]


def since(session: Session, scope: Scope, areas: Collection[str], start: datetime) -> dict[str, int]:
    """Bytes that came to each of these areas since then, over all kinds; two statements."""
    scope.require(Role.ADMIN)
    images = (
        select(Exam.facility_id, func.sum(ExamImage.size))
        .select_from(Exam)
        .join(ExamImage, ExamImage.exam_id == Exam.id)
        .where(Exam.facility_id.in_(areas), Exam.state == ExamState.HELD, Exam.held_at >= start)
    )
    files = select(DriveVersion.facility_id, func.sum(DriveVersion.size)).where(
        DriveVersion.facility_id.in_(areas), DriveVersion.put_at >= start
    )
    found = dict.fromkeys(areas, 0)
    for statement in (images.group_by(Exam.facility_id), files.group_by(DriveVersion.facility_id)):
        for area, count in session.execute(statement):
            found[area] += int(count or 0)
    return found


def _sums(
    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    size: InstrumentedAttribute[int],
    spans: Sequence[tuple[datetime, datetime]],
) -> list[ColumnElement[int]]:
    return [func.sum(case(((at >= begin) & (at < end), size), else_=0)) for begin, end in spans]
