"""The images of an item that was opened under a purpose: shown to whoever opened it for a while, as one look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.requests.models import RequestImage
from search.documents import sources
from search.engine.port import Key, Kind
from search.trace.cases import require_analyst
from search.trace.models import SearchRecord
from search.trace.service import Opened
from vault.base import clock
from vault.base.errors import NotFound
from vault.base.scope import Scope, scoped
from vault.exams import queries as exams
from vault.exams.models import GONE, Exam, ExamImage

LOOK = timedelta(hours=1)
"""So long one look lasts; whoever wants to see images later opens the item again, under a purpose again."""


@dataclass(frozen=True)
class Picture:
    """One image of the item with the edges (pixels) of the thumbnails that are made of it."""

    image: ExamImage
    edges: Sequence[int]


def of_item(session: Session, opened: Opened) -> list[Picture]:
    """The images of an exam, or those that a request is about; none for other kinds."""
    key = opened.document.key
    if key.kind is Kind.EXAM:
        return _of_exam(session, opened.scope, key.id)
    if key.kind is not Kind.REQUEST:
        return []
    picked = _picked(session, opened.scope, key.id)
    there = scoped(select(Exam.id), opened.scope, Exam).where(
        Exam.id.in_({exam_id for exam_id, _ in picked}), Exam.state.not_in(GONE)
    )
    shown = {
        (exam_id, one.image.name): one
        for exam_id in session.scalars(there)
        for one in _of_exam(session, opened.scope, exam_id)
    }
    return [shown[pair] for pair in picked if pair in shown]


def door(session: Session, scope: Scope, kind: str, id_: str, exam_id: str, name: str) -> Scope:
    """The caller within the area of an image of an item that they opened within the hour; else NotFound."""
    require_analyst(scope)
    if kind not in (Kind.EXAM, Kind.REQUEST):
        raise NotFound("item")
    key = Key(Kind(kind), id_)
    looked = select(SearchRecord.id).where(
        SearchRecord.who == scope.login, SearchRecord.opened == str(key), SearchRecord.at > clock.now() - LOOK
    )
    document = sources.document(session, key) if session.scalar(looked.limit(1)) else None
    if document is None:
        raise NotFound("item")
    inner = scope.within(document.facility_id)
    if exam_id != id_ if key.kind is Kind.EXAM else (exam_id, name) not in _picked(session, inner, id_):
        raise NotFound("image")
    return inner


def _of_exam(session: Session, inner: Scope, exam_id: str) -> list[Picture]:
    page = exams.exam_page(session, inner, exam_id)
    return [Picture(image, page.thumbnails.get(image.id, [])) for image in page.images]


def _picked(session: Session, inner: Scope, request_id: str) -> list[tuple[str, str]]:
    rows = scoped(select(RequestImage.exam_id, RequestImage.name), inner, RequestImage)
    chosen = rows.where(RequestImage.request_id == request_id).order_by(RequestImage.position)
    return [(exam_id, name) for exam_id, name in session.execute(chosen)]
