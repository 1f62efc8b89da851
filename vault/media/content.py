"""What of an area a contract's copies hold: its exams by patient and date, and the files of the drive."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from vault.base.scope import Scope, scoped
from vault.contracts.models import Contract
from vault.contracts.retention import kind_of
from vault.contracts.terms import DataKind, Terms
from vault.exams.models import DriveFile, Exam, ExamImage, ExamState

BATCH = 200


@dataclass(frozen=True)
class ExamOn:
    """An exam with those of its images that the contract covers, in their order."""

    exam: Exam
    images: list[ExamImage]


def exams(session: Session, scope: Scope, contract: Contract) -> Iterator[ExamOn]:
    """
    The exams of the contract's target that are held, and those of no target; none of patients who are out.

    A few hundred at a time are in memory.
    """
    terms = contract.terms
    after: tuple[str, datetime, str] | None = None
    order = (Exam.patient_id, Exam.performed_at, Exam.id)
    mine = scoped(select(Exam), scope, Exam).where(
        Exam.state == ExamState.HELD.value,
        or_(Exam.target_id == contract.target_id, Exam.target_id == ""),
    )
    while True:
        more = mine if after is None else mine.where(tuple_(*order) > after)
        batch = list(session.scalars(more.order_by(*order).limit(BATCH)))
        if not batch:
            return
        after = (batch[-1].patient_id, batch[-1].performed_at, batch[-1].id)
        yield from _covered(session, scope, terms, batch)
        session.expunge_all()


def files(session: Session, scope: Scope, contract: Contract) -> Iterator[DriveFile]:
    """The files of the drive by their paths, where the contract covers them."""
    if DataKind.FILE not in contract.terms.kinds:
        return
    mine, after = scoped(select(DriveFile), scope, DriveFile).where(DriveFile.deleted_at.is_(None)), ""
    while True:
        more = mine.where(DriveFile.folded_path > after).order_by(DriveFile.folded_path).limit(BATCH)
        batch = list(session.scalars(more))
        yield from batch
        if not batch:
            return
        after = batch[-1].folded_path
        session.expunge_all()


def covered(terms: Terms, image: ExamImage) -> bool:
    """Whether the contract has this kind of image copied."""
    return kind_of(image.media_type) in terms.kinds


def _covered(session: Session, scope: Scope, terms: Terms, batch: list[Exam]) -> Iterator[ExamOn]:
    inside = [one for one in batch if not terms.patients.opted_out(one.patient_id)]
    wanted = scoped(select(ExamImage), scope, ExamImage).where(ExamImage.exam_id.in_([one.id for one in inside]))
    images: dict[str, list[ExamImage]] = {one.id: [] for one in inside}
    for image in session.scalars(wanted.order_by(ExamImage.exam_id, ExamImage.position)):
        if covered(terms, image):
            images[image.exam_id].append(image)
    for exam in inside:
        if images[exam.id]:
            yield ExamOn(exam, images[exam.id])


def words(exam: Exam) -> str:
    """All that a page says of an exam, to know how long it becomes."""
    return "".join((exam.patient_id, exam.kind, exam.note, exam.scope_model or "", exam.scope_serial or ""))
