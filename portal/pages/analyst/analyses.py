"""Analyses: ordered with a purpose, watched while they run, stopped, and read."""

from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import transactions
from portal.errors import field_errors
from portal.guards import ANALYSTS, own_transactions, requires
from portal.pages.analyst.base import bp
from portal.scope import current
from search.analysis import service
from search.analysis.registry import KINDS
from search.analysis.service import Analysis
from search.query import filters
from search.trace import cases as traced
from vault.base.errors import Invalid
from vault.base.jobs import JobState
from vault.tenancy.models import Facility

GOES_ON = (JobState.WAITING, JobState.RUNNING)


@bp.get("/analyses")
@requires(ANALYSTS)
def analyses() -> ResponseReturnValue:
    """The newest first, and the form for another."""
    return _page(transactions.session(), request.args.to_dict(), {})


@bp.post("/analyses")
@requires(ANALYSTS)
@own_transactions
def analysis_order() -> ResponseReturnValue:
    """Order one and go on to watching it."""
    form = request.form
    try:
        with transactions.database().transaction() as session:
            stated = form.get("case") or form.get("purpose", "")
            kind = form.get("kind", "")
            ordered = service.start(session, current(), kind=kind, filter=_chosen(), stated=stated)
    except Invalid as problem:
        named = {field.removeprefix("filter."): sentence for field, sentence in field_errors(problem).items()}
        with transactions.database().read() as session:
            return _page(session, form.to_dict(), named), 422
    return redirect(url_for("analyst.analysis", analysis_id=ordered.id), 303)


@bp.get("/analyses/<analysis_id>")
@requires(ANALYSTS)
def analysis(analysis_id: str) -> ResponseReturnValue:
    """How far it is, or what it found; each image leads to its exam, opened under the same purpose."""
    session = transactions.session()
    found = service.get(session, current(), analysis_id)
    return render_template(
        "analyst/analysis.html", analysis=_row(found), result=_result(session, found) if found.result else None
    )


@bp.post("/analyses/<analysis_id>/cancel")
@requires(ANALYSTS)
def analysis_cancel(analysis_id: str) -> ResponseReturnValue:
    """Stop it."""
    service.cancel(transactions.session(), current(), analysis_id)
    return redirect(url_for("analyst.analysis", analysis_id=analysis_id), 303)


def _page(session: Session, typed: dict[str, str], errors: dict[str, str]) -> str:
    scope = current()
    return render_template(
        "analyst/analyses.html",
        analyses=[_row(one) for one in service.newest(session, scope)],
        kinds=sorted(KINDS),
        cases=[{"id": one.id, "title": one.title} for one in traced.all_cases(session, scope) if not one.closed_at],
        typed=typed,
        errors=errors,
    )


def _chosen() -> dict[str, Any]:
    """The filter of the form: civil days, both included, become times of the reader's zone."""
    form, zone = request.form, current().zone
    since = filters.moment(form.get("from", ""), "from", zone, timedelta(0))
    until = filters.moment(form.get("to", ""), "to", zone, timedelta(days=1))
    return {
        "facilities": form.get("facilities", "").replace(",", " ").split(),
        "scope_model": form.get("scope_model", "").strip(),
        "exam_kind": form.get("exam_kind", "").strip(),
        "from": since.isoformat() if since else "",
        "to": until.isoformat() if until else "",
    }


def _row(found: Analysis) -> dict[str, Any]:
    return {
        "id": found.id,
        "url": url_for("analyst.analysis", analysis_id=found.id),
        "kind": found.kind,
        "narrowed": [", ".join(value) if isinstance(value, list) else value for value in found.filter.values()],
        "purpose": found.purpose,
        "who": found.by,
        "at": found.created_at,
        "state": found.state,
        "goes_on": found.state in GOES_ON,
        "done": found.done,
        "total": found.total,
        "suspected": found.result["suspected"] if found.result else None,
    }


def _result(session: Session, found: Analysis) -> dict[str, Any]:
    result: dict[str, Any] = found.result or {}
    named = select(Facility.code, Facility.name).where(Facility.code.in_(list(result["facilities"])))
    names = dict(session.execute(named).all())
    return {
        **result,
        "facilities": [
            {"name": names.get(code, code), **counts}
            for code, counts in sorted(result["facilities"].items(), key=lambda one: -one[1]["suspected"])
        ],
        "worst": [
            {
                **one,
                "facility": names.get(one["facility"], one["facility"]),
                "url": url_for("analyst.hit", kind="exam", item_id=one["exam"], purpose=found.purpose),
            }
            for one in result["worst"]
        ],
    }
