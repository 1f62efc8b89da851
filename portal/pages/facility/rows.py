"""Requests as rows of the facility's lists."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.pages import pictures
from portal.pages.thread import Names, assignments
from routing.requests.models import Request, RequestExam, RequestImage
from vault.base.scope import Scope, scoped
from vault.exams.models import GONE, Exam, ExamImage, Thumbnail


def request_rows(session: Session, scope: Scope, found: Sequence[Request]) -> list[dict[str, Any]]:
    """Rows with where each request stands and its first picture; three statements for all."""
    ids = [row.id for row in found]
    standing = assignments(session, scope, Names.read(session), ids)
    thumbs = _thumbs(session, scope, ids)
    return [
        {
            "id": row.id,
            "url": url_for("facility.request_show", request_id=row.id),
            "subject": row.subject,
            "state": row.state,
            "urgency": row.urgency,
            "filed_at": row.filed_at,
            "filed_by": row.filed_by,
            "thumb_url": thumbs.get(row.id, ""),
            "assignments": standing.get(row.id, []),
        }
        for row in found
    ]


def request_rows_about(session: Session, scope: Scope, exam_id: str) -> list[dict[str, Any]]:
    """The requests about one exam, newest first."""
    about = (
        scoped(select(Request), scope, Request)
        .join(RequestExam, RequestExam.request_id == Request.id)
        .where(RequestExam.exam_id == exam_id)
    )
    return request_rows(session, scope, session.scalars(about.order_by(Request.filed_at.desc()).limit(20)).all())


def _thumbs(session: Session, scope: Scope, request_ids: Sequence[str]) -> dict[str, str]:
    made = (
        scoped(select(RequestImage.request_id, RequestImage.exam_id, RequestImage.name), scope, RequestImage)
        .join(
            ExamImage,
            (ExamImage.exam_id == RequestImage.exam_id) & (ExamImage.name == RequestImage.name),
        )
        .join(Thumbnail, (Thumbnail.image_id == ExamImage.id) & (Thumbnail.edge == pictures.SMALL))
        .join(Exam, Exam.id == RequestImage.exam_id)
        .where(RequestImage.request_id.in_(request_ids), Exam.state.not_in(GONE))
        .order_by(RequestImage.position.desc())
    )
    return {
        request_id: pictures.facility_address(exam_id, name, pictures.SMALL)
        for request_id, exam_id, name in session.execute(made)
    }
