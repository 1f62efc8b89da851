"""The exams a request names, as its departments see them: images with the facility's marks, the patient shortened."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.queue.views import parts
from routing.queue.views.parts import View
from routing.requests.models import RequestExam
from vault.base.scope import Scope, scoped
from vault.exams.models import GONE, Exam, ExamImage

SHOWN_OF_PATIENT = 2


def of_request(session: Session, scope: Scope, request_id: str) -> list[View]:
    """The exams of a request whose door has been opened: `scope` is narrowed to its area."""
    statement = (
        scoped(select(Exam), scope, Exam)
        .join(RequestExam, RequestExam.exam_id == Exam.id)
        .where(RequestExam.request_id == request_id, Exam.state.not_in(GONE))
        .order_by(RequestExam.id)
    )
    found = list(session.scalars(statement))
    ids = [exam.id for exam in found]
    images = scoped(select(ExamImage), scope, ExamImage).where(ExamImage.exam_id.in_(ids))
    by_exam = parts.grouped(session.scalars(images.order_by(ExamImage.position)), lambda one: one.exam_id)
    picked = parts.images_of(session, scope, [request_id]).get(request_id, [])
    marks = {(one.exam_id, one.name): one.marks for one in picked}
    return [_exam(exam, [_image(one, marks) for one in by_exam.get(exam.id, [])]) for exam in found]


def shortened(patient_id: str) -> str:
    """A patient ID by which a department tells exams apart, and no more."""
    return f"…{patient_id[-SHOWN_OF_PATIENT:]}"


def _exam(exam: Exam, images: list[View]) -> View:
    return {
        "id": exam.id,
        "kind": exam.kind,
        "performed_at": exam.performed_at,
        "patient": shortened(exam.patient_id),
        "scope": {"model": exam.scope_model, "serial": exam.scope_serial},
        "note": exam.note,
        "state": exam.state,
        "images": images,
    }


def _image(image: ExamImage, marks: dict[tuple[str, str], list[dict[str, Any]]]) -> View:
    key = (image.exam_id, image.name)
    return {
        "name": image.name,
        "picked": key in marks,
        "marks": marks.get(key, []),
        "type": image.media_type,
        "size": image.size,
        "captured_at": image.captured_at,
        "width": image.width,
        "height": image.height,
        "broken": image.broken,
    }
