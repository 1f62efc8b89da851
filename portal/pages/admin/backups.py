"""Who missed backups: one list over all areas, the worst first; counts alone, nothing of any patient."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.guards import requires
from portal.pages.admin.base import bp
from portal.pages.nights import strip
from portal.scope import current
from vault.backup import overview
from vault.base.scope import Role

PER_PAGE = 50
FURTHEST = 1_000_000


@bp.get("/backups")
@requires(Role.ADMIN)
def backups() -> ResponseReturnValue:
    """Targets that missed nights in the last 30 days or are late now; `from` is how many came before."""
    offset = min(max(0, request.args.get("from", 0, type=int)), FURTHEST)
    found = overview.who_missed(transactions.session(), current(), offset=offset, limit=PER_PAGE)
    return render_template(
        "admin/backups.html",
        open=found.open,
        places=found.places,
        rows=[
            {
                "facility": one.facility.name,
                "url": url_for("admin.facility", code=one.facility.code),
                "target": one.target,
                "missed": one.missed,
                "open": one.open,
                "late": one.late,
                "whole_at": one.whole_at,
                "nights": strip(one.nights),
            }
            for one in found.items
        ],
        pager={
            "newer_url": _beginning(offset - PER_PAGE) if offset else "",
            "older_url": _beginning(offset + PER_PAGE) if found.more else "",
        },
    )


def _beginning(offset: int) -> str:
    values: dict[str, Any] = {"from": offset} if offset > 0 else {}
    return url_for(".backups", **values)
