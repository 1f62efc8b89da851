"""Answers as documents: the version that the facility has, under the subject of its request."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.departments.models import Department
from routing.queue.models import Answer
from routing.queue.states import SENT
from routing.requests.models import Request
from search.documents.area import Area
from search.engine.port import Document, Kind
from vault.base.scope import scoped


def document(area: Area, answer: Answer, subject: str, department: str) -> Document:
    """The document of an answer; `department` is a code."""
    return Document(
        kind=Kind.ANSWER,
        id=answer.id,
        facility_id=area.facility_id,
        facility=area.code,
        title=subject,
        body=answer.body,
        at=answer.at,
        departments=(department,),
    )


def load(session: Session, area: Area, ids: Sequence[str]) -> list[Document]:
    """The documents of those of the area's answers that count: held, taken back and replaced ones do not."""
    statement = scoped(select(Answer, Request.subject, Department.code), area.scope, Answer)
    statement = statement.join(Request, Request.id == Answer.request_id)
    statement = statement.join(Department, Department.id == Answer.department_id)
    statement = statement.where(Answer.id.in_(ids), Answer.state.in_(sorted(SENT)))
    return [document(area, answer, subject, code) for answer, subject, code in session.execute(statement)]


def replaced_by(session: Session, area: Area, answer_id: str) -> str | None:
    """The answer that this one takes the place of, if any."""
    return session.scalar(scoped(select(Answer.replaces), area.scope, Answer).where(Answer.id == answer_id))


def of_requests(session: Session, area: Area, request_ids: Sequence[str]) -> list[str]:
    """The ids of all answers to the given requests of the area."""
    return list(
        session.scalars(scoped(select(Answer.id), area.scope, Answer).where(Answer.request_id.in_(request_ids)))
    )
