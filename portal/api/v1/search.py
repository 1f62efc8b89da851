"""`GET /search`: the provider's search over all areas, with its purpose stated and recorded."""

from typing import Any
from urllib.parse import unquote

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field

from portal import transactions
from portal.api.v1.base import ListQuery, bp, header, rfc3339
from portal.guards import ANALYSTS, requires, writes
from portal.scope import current
from search.engine.port import Query
from search.query import filters
from search.query.excerpts import Excerpt
from search.trace import service

PURPOSE = "Kura-Purpose"


class Question(ListQuery):
    """What is looked for; `facility` and `kind` may be given several times."""

    q: str = ""
    facility: str | None = None
    kind: str | None = None
    since: str | None = Field(None, alias="from")
    until: str | None = Field(None, alias="to")
    sort: str = ""
    offset: int = Field(0, ge=0, le=10_000)


@bp.get("/search")
@requires(ANALYSTS)
@writes
@bp.input(Question, location="query", arg_name="query")
def search(query: Question) -> ResponseReturnValue:
    """One page of what was found; every facility with an item on it reads of this in its access log."""
    found = service.search(
        transactions.session(),
        current(),
        transactions.installation().engine,
        stated=unquote(header(PURPOSE) or ""),
        query=build(query),
        asked=query.q,
    )
    return {
        "total": found.total,
        "items": [_item(one) for one in found.items],
        "facets": {name: dict(counts) for name, counts in found.facets.items()},
        "names": dict(found.names),
        "next_offset": found.next_offset,
    }


def build(query: Question) -> Query:
    """The engine's question; Invalid names the parameter that is wrong."""
    return filters.build(
        q=query.q,
        facility=request.args.getlist("facility"),
        kind=request.args.getlist("kind"),
        since=query.since or "",
        until=query.until or "",
        sort=query.sort,
        limit=query.limit,
        offset=query.offset,
        zone=current().zone,
    )


def _item(item: service.Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "id": item.id,
        "facility": item.facility,
        "title": item.title.text,
        "snippet": item.snippet.text,
        "score": item.score,
        "at": rfc3339(item.at),
        "marks": {"title": _ranges(item.title), "snippet": _ranges(item.snippet)},
    }


def _ranges(excerpt: Excerpt) -> list[list[int]]:
    return [list(one) for one in excerpt.marks]
