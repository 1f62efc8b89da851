"""The provider's plan: the prices that are offered now, and every version before."""

from typing import Any
from unicodedata import normalize

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import transactions
from portal.errors import field_errors
from portal.guards import requires
from portal.pages.admin.base import bp
from portal.scope import current
from vault.base.errors import Invalid
from vault.base.scope import Role
from vault.contracts import price_plans
from vault.contracts.models import PricePlan
from vault.contracts.prices import Prices

GIB = 2**30
IN_GIB = ("included", "step")
USUAL = {
    "economy": 1000,
    "deluxe": 1800,
    "included": 20,
    "step": 10,
    "step_price": 100,
    "open_price": 500,
    "cases_price": 50,
    "copies": 1,
    "copy_price": 300,
}
"""What stands in the form until prices were set."""


@bp.get("/plans")
@requires(Role.ADMIN)
def plans() -> ResponseReturnValue:
    """The prices of now, to be changed, and their history."""
    now = price_plans.current(transactions.session())
    return _page({name: str(value) for name, value in (_shown(now)["prices"] if now else USUAL).items()}, {})


@bp.post("/plans")
@requires(Role.ADMIN)
def plan_set() -> ResponseReturnValue:
    """Offer these prices from now on."""
    held = {name: request.form.get(name, "").strip() for name in USUAL}
    try:
        made = price_plans.set_prices(transactions.session(), current(), _prices(held))
    except Invalid as problem:
        return _page(held, field_errors(problem)), 422
    flash(_("Version %(number)s is offered from now on. Running contracts keep theirs.", number=made.number), "success")
    return redirect(url_for("admin.plans"), 303)


def _page(held: dict[str, str], errors: dict[str, str]) -> str:
    history = [_shown(one) for one in price_plans.history(transactions.session())]
    return render_template("admin/plans.html", typed=held, errors=errors, history=history)


def _prices(held: dict[str, str]) -> Prices:
    found: dict[str, int] = {}
    for name, text in held.items():
        plain = normalize("NFKC", text).replace(",", "")
        if not plain.lstrip("-").isdecimal() or len(plain) > 12:
            raise Invalid("number", field=name)
        found[name] = int(plain) * (GIB if name in IN_GIB else 1)
    return Prices(**found)


def _shown(row: PricePlan) -> dict[str, Any]:
    prices = {name: value // GIB if name in IN_GIB else value for name, value in row.values.items()}
    return {"number": row.number, "set_at": row.set_at, "set_by": row.set_by, "prices": prices}
