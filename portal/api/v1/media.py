"""`GET /media` and the images of its discs: the copies of the area that its contracts ask for."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.api.v1.base import ListQuery, bp, listed, rfc3339
from portal.bytes import disc
from portal.guards import requires, writes
from portal.pages.media_rows import copy_row
from portal.scope import current
from vault.base.scope import Role
from vault.media import queries


@bp.get("/media")
@requires(Role.FACILITY_ADMIN)
@bp.input(ListQuery, location="query", arg_name="query")
def media(query: ListQuery) -> ResponseReturnValue:
    """The newest first; `url` of a disc once it can be fetched."""
    page = queries.of_area(transactions.session(), current(), after=query.after, limit=query.limit)
    return listed(page, [_as_data(one) for one in page.items])


@bp.get("/media/<set_id>/discs/<int:number>")
@requires(Role.FACILITY_ADMIN)
@writes
def media_disc(set_id: str, number: int) -> ResponseReturnValue:
    """The image of one disc (Range, strong ETag: its SHA-256)."""
    folder = transactions.installation().settings.media_folder
    found = queries.image(transactions.session(), current(), folder, set_id, number)
    return disc(found)


def _as_data(one: queries.Copy) -> dict[str, Any]:
    row = copy_row(one, lambda id_, number: url_for("api.media_disc", set_id=id_, number=number))
    return {
        **{name: row[name] for name in ("id", "target", "state", "medium", "encrypted", "exams", "files", "left_out")},
        "due_on": row["due_on"].isoformat(),
        **{name: rfc3339(row[name]) for name in ("made_at", "keep_until", "removed_at", "posted_at")},
        "discs": [{name: disc[name] for name in ("number", "label", "size", "sha256", "url")} for disc in row["discs"]],
    }
