"""The provider's figures: what runs out, what fills up, who missed backups, what is billed, paid and open."""

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import requires
from portal.pages.admin.base import bp
from portal.pages.figures import ending, filling, money, nights
from portal.pages.figures.shown import Shown, Window, as_csv
from portal.scope import current
from vault.base.errors import NotFound
from vault.base.scope import Role, Scope

FIGURES: dict[str, Callable[[Session, Scope, Window], Shown]] = {
    "ending": ending.shown,
    "filling": filling.shown,
    "nights": nights.shown,
    "months": money.months,
    "open": money.open_amounts,
}
OF_NO_FACILITY = ("months",)
TOP = 4
PER_PAGE = {"nights": 8}
ELSE_PER_PAGE = 12
"""Strips of thirty nights weigh more than other rows, and a page is to stay light."""
FURTHEST = 1_000_000


@bp.get("/figures")
@requires(Role.ADMIN)
def figures() -> ResponseReturnValue:
    """Each figure as a chart; where it goes by facility, of the worst few."""
    session, scope = transactions.session(), current()
    return render_template(
        "figures/all.html",
        active="admin.figures",
        figures=[
            {
                "name": name,
                "url": url_for(".figure", name=name),
                "shown": shown(session, scope, Window(limit=TOP)),
            }
            for name, shown in FIGURES.items()
        ],
    )


@bp.get("/figures/<name>")
@requires(Role.ADMIN)
def figure(name: str) -> ResponseReturnValue:
    """One of them with its table; `q` is a part of a facility's name or code, `from` how many rows came before."""
    offset = min(max(0, request.args.get("from", 0, type=int)), FURTHEST)
    rows = PER_PAGE.get(name, ELSE_PER_PAGE)
    wanted = request.args.get("q", "").strip()
    found = _figure(name)(transactions.session(), current(), Window(wanted, offset, rows))
    return render_template(
        "figures/one.html",
        active="admin.figures",
        name=name,
        search_url="" if name in OF_NO_FACILITY else url_for(".figure", name=name),
        shown=found,
        typed={"q": wanted},
        csv_url=url_for(".figure_csv", name=name, q=wanted or None),
        pager={
            "newer_url": _from(name, wanted, offset - rows) if offset else "",
            "older_url": _from(name, wanted, offset + rows) if found.more else "",
        },
    )


@bp.get("/figures/<name>.csv")
@requires(Role.ADMIN)
def figure_csv(name: str) -> ResponseReturnValue:
    """Every row of its table, or of those that `q` names."""
    wanted = request.args.get("q", "").strip()
    return as_csv(_figure(name)(transactions.session(), current(), Window(wanted)).table, f"kura-{name}")


def _figure(name: str) -> Callable[[Session, Scope, Window], Shown]:
    if name not in FIGURES:
        raise NotFound("figure")
    return FIGURES[name]


def _from(name: str, wanted: str, offset: int) -> str:
    values: dict[str, Any] = {"q": wanted or None, "from": offset if offset > 0 else None}
    return url_for(".figure", name=name, **values)
