"""Exams and images as the templates show them; addresses differ by who looks."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import url_for

from vault.exams.models import Exam, ExamImage
from vault.exams.queries import ExamRow
from vault.exams.workshop import EDGES

SMALL, LARGE = min(EDGES), max(EDGES)
Address = Callable[[str, str, int | None], str]
"""(exam id, image name, edge of a thumbnail or None for the original) → where its bytes are."""


def facility_address(exam_id: str, name: str, edge: int | None) -> str:
    """For the facility's own people."""
    if edge is None:
        return url_for("facility.exam_image", exam_id=exam_id, name=name)
    return url_for("facility.exam_thumbnail", exam_id=exam_id, name=name, edge=edge)


def picture(
    image: ExamImage, edges: Sequence[int], address: Address, *, marks: Sequence[Any] = (), marked: bool = False
) -> dict[str, Any]:
    """One image; `edges` are the thumbnails it has, `marks` circles as shares of its width and height."""
    return {
        "name": image.name,
        "exam": image.exam_id,
        "thumb_url": address(image.exam_id, image.name, SMALL) if SMALL in edges else "",
        "url": address(image.exam_id, image.name, LARGE if LARGE in edges else None),
        "original_url": address(image.exam_id, image.name, None),
        "width": image.width or 0,
        "height": image.height or 0,
        "captured_at": image.captured_at,
        "marked": marked or bool(marks),
        "marks": [circle for mark in marks if (circle := _circle(mark)) is not None],
        "broken": image.broken,
    }


def card(row: ExamRow, thumbs: Iterable[str]) -> dict[str, Any]:
    """An exam as a card of the album."""
    return {
        "id": row.id,
        "url": url_for("facility.exam", exam_id=row.id),
        "kind": row.kind,
        "patient_id": row.patient_id,
        "performed_at": row.performed_at,
        "images": row.images,
        "thumbs": list(thumbs),
        "state": row.state,
    }


def about(exam: Exam) -> dict[str, Any]:
    """An exam in a line."""
    return {
        "id": exam.id,
        "url": url_for("facility.exam", exam_id=exam.id),
        "kind": exam.kind,
        "patient_id": exam.patient_id,
        "performed_at": exam.performed_at,
    }


def _circle(mark: dict[str, Any]) -> dict[str, float] | None:
    """A ring as the light-box draws it; other kinds of mark are drawn by their centre."""
    if "x" not in mark or "y" not in mark:
        return None
    return {"x": float(mark["x"]), "y": float(mark["y"]), "r": float(mark.get("r", 0.06))}
