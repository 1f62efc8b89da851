"""Every kind that is indexed, and how its rows are found and read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from routing.queue.models import Answer
from routing.requests.models import Request
from search.documents import answer, exam, file, request
from search.documents.area import Area, areas
from search.engine.port import Document, Key, Kind
from vault.base.database import Database
from vault.base.scope import scoped
from vault.exams.models import DriveFile, Exam

BATCH = 500
"""Rows that are read in one go."""

Load = Callable[[Session, Area, Sequence[str]], list[Document]]


@dataclass(frozen=True)
class Source:
    """The table of a kind, and what makes documents of some of an area's rows; rows not to be found are left out."""

    model: type[Any]
    load: Load


SOURCES: dict[Kind, Source] = {
    Kind.REQUEST: Source(Request, request.load),
    Kind.ANSWER: Source(Answer, answer.load),
    Kind.EXAM: Source(Exam, exam.load),
    Kind.FILE: Source(DriveFile, file.load),
}


def document(session: Session, key: Key) -> Document | None:
    """One document as its row stands now, from whichever area; None when there is no such row to find."""
    source = SOURCES.get(key.kind)
    if source is None:
        return None
    facility_id = session.scalar(select(source.model.facility_id).where(source.model.id == key.id))
    here = areas(session, [facility_id]) if facility_id else []
    return next((found for area in here for found in source.load(session, area, [key.id])), None)


def count_rows(database: Database) -> int:
    """At most how many documents `everything` yields, to tell how far a rebuild is."""
    with database.read() as session:
        counts = (select(func.count()).select_from(source.model) for source in SOURCES.values())
        return sum(session.scalar(count) or 0 for count in counts)


def everything(database: Database) -> Iterator[Document]:
    """Every document there is, area by area, in short transactions."""
    with database.read() as session:
        here = areas(session)
    for area in here:
        for source in SOURCES.values():
            yield from _all_of(database, area, source)


def _all_of(database: Database, area: Area, source: Source) -> Iterator[Document]:
    last = ""
    while True:
        with database.read() as session:
            ids = _ids(session, area, source, after=last)
            found = source.load(session, area, ids)
        if not ids:
            return
        yield from found
        last = ids[-1]


def _ids(session: Session, area: Area, source: Source, *, after: str) -> list[str]:
    statement = scoped(select(source.model.id), area.scope, source.model).where(source.model.id > after)
    return list(session.scalars(statement.order_by(source.model.id).limit(BATCH)))
