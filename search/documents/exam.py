"""Exams as documents: their data and notes, never their images."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from search.documents.area import Area
from search.engine.port import Document, Kind
from vault.base.scope import scoped
from vault.exams.models import Exam, ExamState


def document(area: Area, exam: Exam) -> Document:
    """The document of an exam, found by kind, patient ID, scope and note."""
    about = (exam.note, exam.patient_id, exam.scope_model, exam.scope_serial)
    return Document(
        kind=Kind.EXAM,
        id=exam.id,
        facility_id=area.facility_id,
        facility=area.code,
        title=" ".join(part for part in (exam.kind, exam.scope_model) if part),
        body="\n".join(part for part in about if part),
        at=exam.performed_at,
        exam_kind=exam.kind,
        scope_model=exam.scope_model or "",
    )


def load(session: Session, area: Area, ids: Sequence[str]) -> list[Document]:
    """The documents of those of the area's exams that are held."""
    statement = scoped(select(Exam), area.scope, Exam).where(Exam.id.in_(ids), Exam.state == ExamState.HELD)
    return [document(area, exam) for exam in session.scalars(statement)]
