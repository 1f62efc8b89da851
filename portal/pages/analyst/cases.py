"""Cases: why the analyst looks, opened and closed."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import transactions
from portal.errors import field_errors
from portal.guards import ANALYSTS, own_transactions, requires
from portal.pages.analyst.base import bp
from portal.scope import current
from search.trace import cases as traced
from search.trace.models import Case, SearchRecord
from vault.base.errors import Invalid
from vault.base.scope import load


@bp.get("/cases")
@requires(ANALYSTS)
def cases() -> ResponseReturnValue:
    """The open ones first."""
    return _page(transactions.session(), {}, {})


@bp.post("/cases")
@requires(ANALYSTS)
@own_transactions
def case_new() -> ResponseReturnValue:
    """Open a case and go on to searching under it."""
    form = request.form
    try:
        with transactions.database().transaction() as session:
            title, reason = form.get("title", ""), form.get("reason", "")
            case = traced.open_case(session, current(), title=title, reason=reason)
    except Invalid as problem:
        with transactions.database().read() as session:
            return _page(session, form.to_dict(), field_errors(problem)), 422
    return redirect(url_for("analyst.search", case=case.id), 303)


@bp.get("/cases/<case_id>")
@requires(ANALYSTS)
def case(case_id: str) -> ResponseReturnValue:
    """One case with what was searched under it."""
    session, scope = transactions.session(), current()
    found = load(session, Case, case_id)
    return render_template(
        "analyst/case.html",
        case=_case(found),
        searches=[
            {
                "at": record.at,
                "who": record.who,
                "q": record.asked.get("q", "") or (record.opened or ""),
                "total": record.total,
                "url": url_for("analyst.search", case=case_id, q=record.asked.get("q", "")),
            }
            for record in traced.records(session, scope, case_id=case_id)
        ],
    )


@bp.post("/cases/<case_id>/close")
@requires(ANALYSTS)
def case_close(case_id: str) -> ResponseReturnValue:
    """Nobody searches for it any more."""
    traced.close_case(transactions.session(), current(), case_id)
    return redirect(url_for("analyst.cases"), 303)


def _page(session: Session, typed: dict[str, Any], errors: dict[str, str]) -> str:
    counted = select(SearchRecord.case_id, func.count()).group_by(SearchRecord.case_id)
    searches = dict(session.execute(counted).all())
    return render_template(
        "analyst/cases.html",
        cases=[
            _case(one) | {"url": url_for("analyst.case", case_id=one.id), "searches": searches.get(one.id, 0)}
            for one in traced.all_cases(session, current())
        ],
        typed=typed,
        errors=errors,
    )


def _case(found: Case) -> dict[str, Any]:
    return {
        "id": found.id,
        "title": found.title,
        "reason": found.reason,
        "opened_at": found.opened_at,
        "closed_at": found.closed_at,
        "who": found.opened_by,
    }
