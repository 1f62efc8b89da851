"""The facility's own figures as charts, each with its table behind it."""

from collections.abc import Callable

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import requires
from portal.pages.facility.base import bp
from portal.pages.figures import own
from portal.pages.figures.shown import Shown, as_csv
from portal.scope import current
from vault.base.errors import NotFound
from vault.base.scope import Role, Scope

FIGURES: dict[str, Callable[[Session, Scope], Shown]] = {
    "own-nights": own.last_nights,
    "own-use": own.use,
    "own-terms": own.terms,
    "own-months": own.months,
}


@bp.get("/figures")
@requires(Role.FACILITY_ADMIN)
def figures() -> ResponseReturnValue:
    """Each as a chart."""
    session, scope = transactions.session(), current()
    return render_template(
        "figures/all.html",
        active="facility.figures",
        figures=[
            {
                "name": name,
                "url": url_for(".figure", name=name),
                "shown": shown(session, scope),
            }
            for name, shown in FIGURES.items()
        ],
    )


@bp.get("/figures/<name>")
@requires(Role.FACILITY_ADMIN)
def figure(name: str) -> ResponseReturnValue:
    """One of them with its table."""
    return render_template(
        "figures/one.html",
        active="facility.figures",
        name=name,
        shown=_figure(name)(transactions.session(), current()),
        csv_url=url_for(".figure_csv", name=name),
        search_url="",
        typed={},
        pager={"newer_url": "", "older_url": ""},
    )


@bp.get("/figures/<name>.csv")
@requires(Role.FACILITY_ADMIN)
def figure_csv(name: str) -> ResponseReturnValue:
    """The table of one."""
    return as_csv(_figure(name)(transactions.session(), current()).table, f"kura-{name}")


def _figure(name: str) -> Callable[[Session, Scope], Shown]:
    if name not in FIGURES:
        raise NotFound("figure")
    return FIGURES[name]
