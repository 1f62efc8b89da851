"""Searching with a trace: every page and every item opened is written to the log of the facilities it shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from search.documents import sources
from search.engine.port import Document, Engine, Hit, Key, Kind, Query
from search.query.excerpts import Excerpt, excerpt, marked
from search.trace.cases import Purpose, purpose, require_analyst
from search.trace.models import SearchRecord
from vault.base import audit, clock
from vault.base.errors import NotFound
from vault.base.scope import Scope
from vault.tenancy.models import Facility

SEARCHED = "search.found"
OPENED = "search.opened"


@dataclass(frozen=True)
class Item:
    """One thing found; `facility` is a code. `title` and `snippet` carry the ranges that were asked for."""

    kind: str
    id: str
    facility: str
    facility_name: str
    title: Excerpt
    snippet: Excerpt
    score: float
    at: datetime


@dataclass(frozen=True)
class Found:
    """One page: `total` and `facets` count everything that matches, `names` gives each facility code its name."""

    total: int
    items: tuple[Item, ...]
    facets: Mapping[str, Mapping[str, int]]
    names: Mapping[str, str]
    query: Query
    purpose: str

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins; None on the last one."""
        end = self.query.offset + len(self.items)
        return end if self.items and end < self.total else None


@dataclass(frozen=True)
class Opened:
    """One thing as its row stands now, and the caller's scope narrowed to its area, to read the rest of it with."""

    document: Document
    scope: Scope
    purpose: str


def search(session: Session, scope: Scope, engine: Engine, *, stated: str, query: Query, asked: str = "") -> Found:
    """
    One page over all areas, recorded before it is returned.

    `stated` is the purpose: an open case's id, or words; `asked` the question as typed, for the record. Raises Denied
    for other roles, Invalid for the purpose, Unavailable while the index is; then nothing is recorded or shown.
    """
    require_analyst(scope)
    why = purpose(session, stated)
    hits = engine.search(query)
    _record(session, scope, why, hits.items, SEARCHED)
    _keep(session, scope, why, asked=_summary(query, asked), total=hits.total, hits=hits.items)
    names = _names(session, hits.facets.get("facility", {}))
    items = tuple(_item(hit, query, names) for hit in hits.items)
    return Found(hits.total, items, hits.facets, names, query, why.text)


def open_item(session: Session, scope: Scope, *, stated: str, kind: str, id_: str) -> Opened:
    """One item of any area, recorded before it is returned; NotFound where there is no such row to find."""
    require_analyst(scope)
    why = purpose(session, stated)
    if kind not in set(Kind):
        raise NotFound("item")
    document = sources.document(session, Key(Kind(kind), id_))
    if document is None:
        raise NotFound("item")
    key = str(document.key)
    audit.record(session, scope, OPENED, facility_id=document.facility_id, why=why.text, items=[key])
    _keep(session, scope, why, asked={}, total=1, hits=[document], opened=key)
    return Opened(document, scope.within(document.facility_id), why.text)


def _record(session: Session, scope: Scope, why: Purpose, hits: Iterable[Hit], what: str) -> None:
    """One row in the log of each facility with an item on the page, in one order, so that two never wait crosswise."""
    shown: dict[str, list[str]] = {}
    for hit in hits:
        shown.setdefault(hit.facility_id, []).append(str(hit.key))
    for facility_id in sorted(shown):
        audit.record(session, scope, what, facility_id=facility_id, why=why.text, items=shown[facility_id])


def _keep(
    session: Session,
    scope: Scope,
    why: Purpose,
    *,
    asked: dict[str, Any],
    total: int,
    hits: Iterable[Hit | Document],
    opened: str | None = None,
) -> None:
    session.add(
        SearchRecord(
            at=clock.now(),
            who=scope.login,
            case_id=why.case_id,
            purpose=why.text,
            asked=asked,
            total=total,
            facilities=len({hit.facility_id for hit in hits}),
            opened=opened,
        )
    )
    session.flush()


def _summary(query: Query, asked: str) -> dict[str, Any]:
    """What was asked, as JSON."""
    return {
        "q": asked,
        "facilities": sorted(query.facilities),
        "kinds": sorted(kind.value for kind in query.kinds),
        "from": query.start.isoformat() if query.start else None,
        "to": query.end.isoformat() if query.end else None,
        "sort": query.sort.value,
        "offset": query.offset,
    }


def _names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    statement = select(Facility.code, Facility.name).where(Facility.code.in_(list(codes)))
    return dict(session.execute(statement).all())


def _item(hit: Hit, query: Query, names: Mapping[str, str]) -> Item:
    return Item(
        kind=hit.key.kind.value,
        id=hit.key.id,
        facility=hit.facility,
        facility_name=names.get(hit.facility, hit.facility),
        title=marked(hit.title, query.tree),
        snippet=excerpt(hit.body, query.tree),
        score=hit.score,
        at=hit.at,
    )
