"""Keeping the index up with the rows: changes are noted with the event that tells of them, and done in batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from search.documents.area import areas
from search.documents.models import Unindexed
from search.documents.sources import SOURCES, count_rows, everything
from search.engine.port import Change, Engine, Key, Kind
from vault.base import clock
from vault.base.database import Database, insert_all

BATCH = 500
"""Changes that one index run takes."""
_TOLD_EVERY = 200


def note(session: Session, facility_id: str, kind: Kind, subject_ids: Iterable[str]) -> None:
    """Note that these rows of an area changed, so that the next index run reads them."""
    changed = {"facility_id": facility_id, "kind": kind.value, "made_at": clock.now()}
    insert_all(session, Unindexed, [changed | {"subject_id": id_} for id_ in subject_ids])


def catch_up(database: Database, engine: Engine, on_batch: Callable[[int], None] = lambda done: None) -> int:
    """
    Index everything that was noted; returns how many changes. Safe to run twice at once, and again after any crash.

    `on_batch` hears how many are done so far. Raises Unavailable while the index is missing, damaged or being rebuilt.
    """
    done = 0
    while True:
        noted = _next(database)
        if not noted:
            return done
        engine.write(_changes(database, noted))
        with database.transaction() as session:
            session.execute(delete(Unindexed).where(Unindexed.id.in_([row.id for row in noted])))
        done += len(noted)
        on_batch(done)


def rebuild(database: Database, engine: Engine, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """
    Make the index anew from the rows; returns how many documents. The old index, if any, answers in the meantime.

    `progress` hears (done, total); the total may be a little too high. What changes meanwhile stays noted and is
    indexed afterwards.
    """
    total = count_rows(database)

    def told(done: int) -> None:
        if done % _TOLD_EVERY == 0:
            progress(done, total)

    done = engine.rebuild(everything(database), told)
    progress(done, done)
    return done


class _Noted(NamedTuple):
    id: str
    facility_id: str
    kind: str
    subject_id: str


def _next(database: Database) -> list[_Noted]:
    columns = (Unindexed.id, Unindexed.facility_id, Unindexed.kind, Unindexed.subject_id)
    with database.read() as session:
        return [_Noted(*row) for row in session.execute(select(*columns).order_by(Unindexed.id).limit(BATCH))]


def _changes(database: Database, noted: Sequence[_Noted]) -> Iterator[Change]:
    """The rows as they stand when this is read; a key for each that is not to be found any more."""

    def owner(row: _Noted) -> tuple[str, str]:
        return row.facility_id, row.kind

    with database.read() as session:
        here = {area.facility_id: area for area in areas(session, {row.facility_id for row in noted})}
        for (facility_id, kind), rows in groupby(sorted(noted, key=owner), owner):
            ids = sorted({row.subject_id for row in rows})
            documents = SOURCES[Kind(kind)].load(session, here[facility_id], ids)
            yield from documents
            found = {document.id for document in documents}
            yield from (Key(Kind(kind), id_) for id_ in ids if id_ not in found)
