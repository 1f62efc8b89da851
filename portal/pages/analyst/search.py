"""Search across all areas: the purpose first, then the question; every look is recorded."""

import time
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from portal import transactions
from portal.api.v1.search import Question, build
from portal.errors import field_errors
from portal.guards import ANALYSTS, own_transactions, requires
from portal.pages.analyst.base import bp
from portal.scope import current
from search.query.excerpts import Excerpt
from search.trace import cases as traced
from search.trace import service
from search.trace.models import Case
from search.trace.service import Found
from vault.base.errors import Invalid
from vault.base.scope import load

FIELDS = ("case", "purpose", "q", "facility", "kind", "from", "to", "sort")
PER_PAGE = 20


@bp.get("/search")
@requires(ANALYSTS)
@own_transactions
def search() -> ResponseReturnValue:
    """The form alone until something is asked; then the form and what was found."""
    typed = {name: request.args.get(name, "") for name in FIELDS}
    asked = any(name in request.args for name in ("q", "kind", "facility", "from", "to"))
    if not asked:
        with transactions.database().read() as session:
            return _page(session, typed, None, {})
    try:
        with transactions.database().transaction() as session:
            began = time.perf_counter()
            found = _search(session, typed)
            milliseconds = round((time.perf_counter() - began) * 1000)
            return _page(session, typed, found, {}, milliseconds)
    except Invalid as problem:
        with transactions.database().read() as session:
            return _page(session, typed, None, field_errors(problem)), 422


def _search(session: Session, typed: dict[str, str]) -> Found:
    question = Question.model_validate(
        {
            "q": typed["q"],
            "from": typed["from"] or None,
            "to": typed["to"] or None,
            "sort": typed["sort"],
            "limit": PER_PAGE,
            "offset": request.args.get("offset", 0, type=int),
        }
    )
    stated = typed["case"] or typed["purpose"]
    engine = transactions.installation().engine
    return service.search(session, current(), engine, stated=stated, query=build(question), asked=typed["q"])


def _page(
    session: Session, typed: dict[str, str], found: Found | None, errors: dict[str, str], milliseconds: int = 0
) -> str:
    case = load(session, Case, typed["case"]) if typed["case"] else None
    return render_template(
        "analyst/search.html",
        case={"id": case.id, "title": case.title} if case else None,
        cases=[
            {"id": one.id, "title": one.title} for one in traced.all_cases(session, current()) if one.closed_at is None
        ],
        typed=typed,
        errors=errors,
        result=None if found is None else _result(found, typed, milliseconds),
        pager=_pager(found),
    )


def _result(found: Found, typed: dict[str, str], milliseconds: int) -> dict[str, Any]:
    return {
        "total": found.total,
        "ms": milliseconds,
        "items": [
            {
                "kind": item.kind,
                "id": item.id,
                "url": url_for(
                    "analyst.hit", kind=item.kind, item_id=item.id, case=typed["case"], purpose=typed["purpose"]
                ),
                "facility": item.facility_name,
                "title": item.title.text,
                "snippet": _marked(item.snippet),
                "at": item.at,
            }
            for item in found.items
        ],
        "facets": {
            name: [
                {
                    "value": value,
                    "label": found.names.get(value, value),
                    "count": count,
                    "url": _with(**{name: value, "offset": None}),
                    "chosen": value in request.args.getlist(name),
                }
                for value, count in sorted(found.facets.get(name, {}).items(), key=lambda one: -one[1])[:12]
            ]
            for name in ("kind", "facility")
        },
    }


def _pager(found: Found | None) -> dict[str, str]:
    if found is None:
        return {"newer_url": "", "older_url": ""}
    before = max(0, found.query.offset - PER_PAGE)
    return {
        "newer_url": _with(offset=before or None) if found.query.offset else "",
        "older_url": _with(offset=found.next_offset) if found.next_offset else "",
    }


def _with(**changed: Any) -> str:
    """This page with some of its parameters changed; None takes one away."""
    kept: dict[str, Any] = {**request.args.to_dict(flat=False), **changed}
    return url_for("analyst.search", **{name: value for name, value in kept.items() if value is not None})


def _marked(excerpt: Excerpt) -> Markup:
    """The excerpt with its marks; the text is escaped, the marks alone are HTML."""
    out, last = Markup(), 0
    for start, end in excerpt.marks:
        out += escape(excerpt.text[last:start]) + Markup("<mark>") + escape(excerpt.text[start:end]) + Markup("</mark>")
        last = end
    return out + escape(excerpt.text[last:])
