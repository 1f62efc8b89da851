"""Notices: what the caller should know without having asked, the newest first, until it is marked as read."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.guards import FACILITY_PEOPLE, requires
from portal.pages import told as pages
from portal.pages.account.base import bp
from portal.scope import current
from vault.base.scope import Role
from vault.tenancy import told

SHOWN = 50


@bp.get("/notices")
@requires(FACILITY_PEOPLE, Role.ADMIN)
def notices() -> ResponseReturnValue:
    """One page of them; `before` is the number of the last one on the page before."""
    session, scope, before = transactions.session(), current(), request.args.get("before", type=int)
    found = told.listed(session, scope, pages.KINDS, before=before, limit=SHOWN + 1)
    shown = found[:SHOWN]
    return render_template(
        "account/notices.html",
        notices=pages.rows(session, scope, shown),
        unread=told.unread(session, scope, pages.KINDS),
        upto=shown[0].number if shown else 0,
        pager={
            "newer_url": url_for(".notices") if before is not None else "",
            "older_url": url_for(".notices", before=shown[-1].number) if len(found) > SHOWN else "",
        },
    )


@bp.post("/notices/read")
@requires(FACILITY_PEOPLE, Role.ADMIN)
def notices_read() -> ResponseReturnValue:
    """Everything that the page showed is read; what came since stays unread."""
    told.mark_read(transactions.session(), current(), request.form.get("upto", 0, type=int))
    return redirect(url_for(".notices"), 303)
