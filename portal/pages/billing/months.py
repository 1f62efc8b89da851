"""The close of a month by a button: what it would bring, then the close, then how far it is."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import transactions
from portal.guards import requires
from portal.pages.billing.base import CLERKS, bp
from portal.scope import current
from vault.base import jobs
from vault.billing import closing, queries
from vault.billing.models import BillingMonth
from vault.billing.months import Month
from vault.billing.tasks import CLOSE

SHOWN = 200
"""Facilities that the preview names; its sums are of all."""


@bp.get("/")
@requires(CLERKS)
def months() -> ResponseReturnValue:
    """The month that comes next, and those that were closed."""
    session, settings = transactions.session(), transactions.installation().settings
    found = queries.months(session, current())
    going = next((one for one in found if one.closed_at is None), None)
    following = closing.following(session)
    return render_template(
        "billing/months.html",
        going=None if going is None else _month(going),
        following=None if following is None or going else _named(following),
        ended=following is not None and closing.has_ended(settings, following),
        months=[_month(one) for one in found if one.closed_at is not None],
    )


@bp.get("/preview")
@requires(CLERKS)
def preview() -> ResponseReturnValue:
    """What the close of a month would charge and credit, facility by facility; nothing is changed."""
    session, settings = transactions.session(), transactions.installation().settings
    month = Month.parse(request.args.get("month", ""))
    if not closing.check(session, settings, month):
        return redirect(url_for("billing.months"), 303)
    foreseen = list(closing.preview(session, current(), settings, month))
    rows = [
        {"facility": one.facility.name, "charged": one.draft.charged, "credited": one.draft.credited}
        for one in foreseen[:SHOWN]
    ]
    return render_template(
        "billing/preview.html",
        month=_named(month),
        rows=rows,
        more=len(foreseen) - len(rows),
        charged=sum(one.draft.charged for one in foreseen),
        credited=sum(one.draft.credited for one in foreseen),
    )


@bp.post("/close")
@requires(CLERKS)
def close() -> ResponseReturnValue:
    """Have the month closed; pressed twice it is closed once."""
    session, settings = transactions.session(), transactions.installation().settings
    month = Month.parse(request.form.get("month", ""))
    if closing.check(session, settings, month):
        jobs.add(session, CLOSE, {"month": str(month)}, key=f"{CLOSE}:{month}")
        flash(_("The month is being closed. You can leave this page."), "success")
    return redirect(url_for("billing.months"), 303)


def _named(month: Month) -> dict[str, Any]:
    return {"month": str(month), "first_day": month.first_day}


def _month(row: BillingMonth) -> dict[str, Any]:
    named = _named(Month.parse(row.month))
    return named | {"done": row.done, "areas": row.areas, "closed_at": row.closed_at, **(row.figures or {})}
