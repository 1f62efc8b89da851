"""The pieces that views are put together from: one statement each for any number of requests."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.departments.models import Department
from routing.queue.models import Answer, AnswerFile, Assignment
from routing.requests.attachments import Picked
from routing.requests.models import Message, RequestEvent, RequestExam, RequestFile, RequestImage
from vault.base.scope import Scope, scoped

Row = TypeVar("Row")
View = dict[str, Any]


@dataclass(frozen=True)
class Bytes:
    """Where the bytes of a file lie, for a reader who was let through the door of that area."""

    facility_id: str
    digest: str
    media_type: str
    name: str


def codes(session: Session) -> dict[str, str]:
    """Department codes by id."""
    return dict(session.execute(select(Department.id, Department.code)).all())


def grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """The rows by key, their order kept."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def assignments_of(session: Session, scope: Scope, requests: Collection[str]) -> dict[str, list[Assignment]]:
    """Assignments by request id, oldest first."""
    statement = scoped(select(Assignment), scope, Assignment).where(Assignment.request_id.in_(requests))
    rows = session.scalars(statement.order_by(Assignment.created_at, Assignment.id))
    return grouped(rows, lambda row: row.request_id)


def messages_of(session: Session, scope: Scope, requests: Collection[str]) -> dict[str, list[Message]]:
    """Messages by request id, oldest first."""
    statement = scoped(select(Message), scope, Message).where(Message.request_id.in_(requests))
    return grouped(session.scalars(statement.order_by(Message.at, Message.id)), lambda row: row.request_id)


def events_of(session: Session, scope: Scope, requests: Collection[str]) -> dict[str, list[RequestEvent]]:
    """The timelines by request id, oldest first."""
    statement = scoped(select(RequestEvent), scope, RequestEvent).where(RequestEvent.request_id.in_(requests))
    return grouped(session.scalars(statement.order_by(RequestEvent.at, RequestEvent.id)), lambda row: row.request_id)


def exams_of(session: Session, scope: Scope, requests: Collection[str]) -> dict[str, list[str]]:
    """Exam ids by request id."""
    statement = scoped(select(RequestExam), scope, RequestExam).where(RequestExam.request_id.in_(requests))
    rows = grouped(session.scalars(statement.order_by(RequestExam.id)), lambda row: row.request_id)
    return {request_id: [row.exam_id for row in found] for request_id, found in rows.items()}


def images_of(session: Session, scope: Scope, requests: Collection[str]) -> dict[str, list[RequestImage]]:
    """The images that were picked by request id, in the order they were picked."""
    statement = scoped(select(RequestImage), scope, RequestImage).where(RequestImage.request_id.in_(requests))
    return grouped(session.scalars(statement.order_by(RequestImage.position)), lambda row: row.request_id)


def paths_of(session: Session, scope: Scope, requests: Collection[str]) -> dict[str, list[str]]:
    """Paths of the attached files by request id."""
    statement = scoped(select(RequestFile), scope, RequestFile).where(RequestFile.request_id.in_(requests))
    rows = grouped(session.scalars(statement.order_by(RequestFile.path)), lambda row: row.request_id)
    return {request_id: [row.path for row in found] for request_id, found in rows.items()}


def files_of(session: Session, scope: Scope, answers: Collection[str]) -> dict[str, list[AnswerFile]]:
    """The files of answers by answer id, in the order of arrival."""
    statement = scoped(select(AnswerFile), scope, AnswerFile).where(AnswerFile.answer_id.in_(answers))
    rows = session.scalars(statement.order_by(AnswerFile.at, AnswerFile.id))
    return grouped(rows, lambda row: row.answer_id or "")


def message(row: Message, code_of: dict[str, str]) -> View:
    """One message as both sides see it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "side": row.side,
        "author": row.author,
        "department": code_of.get(row.department_id or ""),
        "assignment": row.assignment_id,
        "body": row.body,
        "until": row.until,
        "at": row.at,
    }


def event(row: RequestEvent) -> View:
    """One line of the timeline."""
    return {"code": row.code, "values": row.values, "by": row.by, "side": row.side, "at": row.at}


def image(row: RequestImage | Picked) -> View:
    """One picked image with its marks."""
    return {"exam": row.exam_id, "name": row.name, "marks": row.marks}


def file(row: AnswerFile) -> View:
    """One file of an answer; `size` in bytes."""
    return {"name": row.name, "size": row.size, "type": row.media_type, "sha256": row.digest}


def answer(row: Answer, files: Sequence[AnswerFile], code_of: dict[str, str]) -> View:
    """One answer as both sides see it; `replaces` is the version it corrects, for `reason`."""
    return {
        "id": row.id,
        "request": row.request_id,
        "assignment": row.assignment_id,
        "department": code_of[row.department_id],
        "body": row.body,
        "files": [one.name for one in files],
        "file_details": [file(one) for one in files],
        "state": row.state,
        "at": row.at,
        "by": row.by,
        "version": row.version,
        "replaces": row.replaces,
        "reason": row.reason,
        "shown_at": row.shown_at,
        "picked_up_at": row.picked_up_at,
        "picked_up_by": row.picked_up_by,
    }
