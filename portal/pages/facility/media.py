"""Copies on discs, for the facility's administrator: fetched as images, opened by a passphrase that is shown once."""

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.bytes import disc
from portal.guards import requires, writes
from portal.pages import lists
from portal.pages.facility.base import bp
from portal.pages.media_rows import copy_row
from portal.scope import current
from vault.base.scope import Role
from vault.media import queries, service

PER_PAGE = 20


@bp.get("/media")
@requires(Role.FACILITY_ADMIN)
def media() -> ResponseReturnValue:
    """The newest first."""
    return _page()


@bp.post("/media/<set_id>/passphrase")
@requires(Role.FACILITY_ADMIN)
def media_passphrase(set_id: str) -> ResponseReturnValue:
    """The passphrase of an encrypted copy: on this page, and never again."""
    session, scope = transactions.session(), current()
    passphrase = service.show_passphrase(session, scope, transactions.installation().store, set_id)
    answer = Response(_page({"id": set_id, "words": passphrase}))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/media/<set_id>/disc-<int:number>.iso")
@requires(Role.FACILITY_ADMIN)
@writes
def media_disc(set_id: str, number: int) -> ResponseReturnValue:
    """The image of a disc: whole, or the range that is still missing."""
    session, scope = transactions.session(), current()
    folder = transactions.installation().settings.media_folder
    return disc(queries.image(session, scope, folder, set_id, number))


def _page(shown: dict[str, str] | None = None) -> str:
    page = queries.of_area(transactions.session(), current(), after=request.args.get("after"), limit=PER_PAGE)
    policy = transactions.installation().settings.media
    return render_template(
        "facility/media.html",
        copies=[
            copy_row(one, lambda id_, number: url_for(".media_disc", set_id=id_, number=number)) for one in page.items
        ],
        shown=shown,
        days=policy.keep_days,
        pager=lists.pager(page),
    )
