"""Requests as documents: what was asked, and what was said about it until it was answered."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.departments.models import Department
from routing.queue.models import Assignment
from routing.requests.models import Message, Request
from search.documents.area import Area, values_by
from search.engine.port import Document, Kind
from vault.base.scope import scoped


def document(area: Area, request: Request, departments: Sequence[str], said: Sequence[str]) -> Document:
    """The document of a request; `departments` are codes, `said` the messages of both sides in order."""
    return Document(
        kind=Kind.REQUEST,
        id=request.id,
        facility_id=area.facility_id,
        facility=area.code,
        title=request.subject,
        body="\n".join([request.body, *said]),
        at=request.filed_at,
        departments=tuple(departments),
    )


def load(session: Session, area: Area, ids: Sequence[str]) -> list[Document]:
    """The documents of those of the area's requests that exist; three statements."""
    requests = session.scalars(scoped(select(Request), area.scope, Request).where(Request.id.in_(ids))).all()
    said = scoped(select(Message.request_id, Message.body), area.scope, Message)
    said = said.where(Message.request_id.in_(ids)).order_by(Message.at, Message.id)
    codes = scoped(select(Assignment.request_id, Department.code), area.scope, Assignment)
    codes = codes.join(Department, Department.id == Assignment.department_id)
    codes = codes.where(Assignment.request_id.in_(ids)).order_by(Department.code)
    messages, departments = values_by(session, said), values_by(session, codes)
    return [document(area, one, departments.get(one.id, ()), messages.get(one.id, ())) for one in requests]
