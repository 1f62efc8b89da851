"""What search hears from the floors below: each change is noted, and an index run ordered."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.queue.events import AnswerReady, AssignmentChanged, HistoryImported
from routing.requests.events import RequestChanged, RequestFiled
from routing.requests.models import Request
from search.documents import answer, service, tasks
from search.documents.area import areas
from search.engine.port import Kind
from vault.base import outbox
from vault.exams.events import ExamDeleted, ExamRemoved, ExamsHeld, ExamUndeleted, FileChanged


def subscribe_all() -> None:
    """Hear everything that changes a document; twice is once."""
    outbox.subscribe_together(RequestFiled, _requests)
    outbox.subscribe_together(RequestChanged, _requests)
    outbox.subscribe_together(AssignmentChanged, _requests)
    outbox.subscribe(AnswerReady, _answer)
    outbox.subscribe(HistoryImported, _history)
    outbox.subscribe(ExamsHeld, _exams)
    outbox.subscribe(ExamDeleted, _exam)
    outbox.subscribe(ExamUndeleted, _exam)
    outbox.subscribe(ExamRemoved, _exam)
    outbox.subscribe(FileChanged, _file)


def _note(session: Session, facility_id: str | None, kind: Kind, ids: Iterable[str]) -> None:
    if facility_id is None:
        raise ValueError("an event of an area names its facility")
    service.note(session, facility_id, kind, ids)
    tasks.order(session)


def _requests(session: Session, events: Sequence[RequestFiled | RequestChanged | AssignmentChanged]) -> None:
    of_each: dict[str | None, set[str]] = {}
    for event in events:
        of_each.setdefault(event.facility_id, set()).add(event.request_id)
    for facility_id, ids in of_each.items():
        _note(session, facility_id, Kind.REQUEST, sorted(ids))


def _answer(session: Session, event: AnswerReady) -> None:
    """A new version takes the old one's place, which is noted too, as it is to be found no more."""
    ids = [event.answer_id]
    for area in areas(session, [event.facility_id or ""]):
        ids.extend(filter(None, [answer.replaced_by(session, area, event.answer_id)]))
    _note(session, event.facility_id, Kind.ANSWER, ids)


def _history(session: Session, event: HistoryImported) -> None:
    owners = select(Request.facility_id, Request.id).where(Request.id.in_(event.request_ids))
    requests: dict[str, list[str]] = {}
    for facility_id, request_id in session.execute(owners):
        requests.setdefault(facility_id, []).append(request_id)
    for area in areas(session, requests):
        ids = requests[area.facility_id]
        _note(session, area.facility_id, Kind.REQUEST, ids)
        _note(session, area.facility_id, Kind.ANSWER, answer.of_requests(session, area, ids))


def _exams(session: Session, event: ExamsHeld) -> None:
    _note(session, event.facility_id, Kind.EXAM, event.exam_ids)


def _exam(session: Session, event: ExamDeleted | ExamUndeleted | ExamRemoved) -> None:
    _note(session, event.facility_id, Kind.EXAM, [event.exam_id])


def _file(session: Session, event: FileChanged) -> None:
    _note(session, event.facility_id, Kind.FILE, [event.file_id])
