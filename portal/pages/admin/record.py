"""The record of acts, and whether its chain holds."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from portal import transactions
from portal.guards import requires
from portal.pages import lists
from portal.pages.admin.base import bp
from vault.base import paging
from vault.base.audit import PROVIDER_CHAIN, AuditRow, broken_links
from vault.base.scope import Role
from vault.tenancy.models import Facility

PER_PAGE = 50


@bp.get("/record")
@requires(Role.ADMIN)
def audit() -> ResponseReturnValue:
    """Newest first, by who and by facility; with a facility or nobody chosen its chain is checked."""
    session = transactions.session()
    typed = {name: request.args.get(name, "").strip() for name in ("who", "facility")}
    facilities = {row.id: row for row in session.scalars(select(Facility))}
    chain = next((row.id for row in facilities.values() if row.code == typed["facility"]), PROVIDER_CHAIN)
    rows = select(AuditRow)
    if typed["facility"]:
        rows = rows.where(AuditRow.chain == chain)
    if typed["who"]:
        rows = rows.where(AuditRow.who == typed["who"])
    page = paging.rows(session, rows, AuditRow.at, AuditRow.id, after=request.args.get("after"), limit=PER_PAGE)
    return render_template(
        "admin/audit.html",
        rows=[_row(row, facilities) for row in page.items],
        chain=_checked(next(broken_links(session, chain), None)),
        typed=typed,
        pager=lists.pager(page),
    )


def _row(row: AuditRow, facilities: dict[str, Facility]) -> dict[str, Any]:
    return {
        "at": row.at,
        "name": row.name,
        "side": row.side,
        "facility": facilities[row.facility_id].name if row.facility_id else "",
        "what": row.what,
        "why": row.why or "",
        "items": list(row.items),
        "digest": row.digest[:12],
    }


def _checked(broken: int | None) -> dict[str, Any]:
    if broken is None:
        return {"well": True, "words": _("Every row follows the one before.")}
    return {"well": False, "words": _("The chain does not hold at row %(number)s.", number=broken)}
