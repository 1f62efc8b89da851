"""Copies on discs, for those who burn and post them: what there is, and a picking list for each."""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import languages, transactions
from portal.bytes import disc
from portal.guards import requires, writes
from portal.pages import lists
from portal.pages.admin.base import bp
from portal.pages.media_rows import copy_row
from portal.scope import current
from portal.wording import sentence
from vault.base.errors import Conflict
from vault.base.scope import Role
from vault.media import documents, keeping, queries, service

PER_PAGE = 50


@bp.get("/media")
@requires(Role.ADMIN)
def media() -> ResponseReturnValue:
    """Copies of all areas, the newest first, and how much of the disk they take."""
    page = queries.everywhere(transactions.session(), current(), after=request.args.get("after"), limit=PER_PAGE)
    folder = transactions.installation().settings.media_folder
    return render_template(
        "admin/media.html",
        copies=[_row(one) for one in page.items],
        taken=keeping.taken_bytes(folder),
        pager=lists.pager(page),
    )


@bp.get("/media/<set_id>")
@requires(Role.ADMIN)
def media_list(set_id: str) -> ResponseReturnValue:
    """The picking list of one copy."""
    return render_template("admin/picking.html", copy=_row(_one(set_id)))


@bp.get("/media/<set_id>.pdf")
@requires(Role.ADMIN)
def media_pdf(set_id: str) -> ResponseReturnValue:
    """The picking list on paper, in the reader's language."""
    content = documents.picking_list(transactions.installation().settings, _one(set_id), languages.current())
    name = {"Content-Disposition": f'inline; filename="discs-{set_id}.pdf"'}
    return Response(content, content_type="application/pdf", headers=name)


@bp.get("/media/<set_id>/disc-<int:number>.iso")
@requires(Role.ADMIN)
@writes
def media_disc(set_id: str, number: int) -> ResponseReturnValue:
    """The image of a disc, to be burned; the facility sees in its access log that it was fetched, and for what."""
    session, folder = transactions.session(), transactions.installation().settings.media_folder
    scope = queries.area_of(session, current(), set_id)
    found = queries.image(session, scope, folder, set_id, number, why=queries.why(session, scope, set_id))
    return disc(found)


@bp.post("/media/<set_id>/burned")
@requires(Role.ADMIN)
def media_burned(set_id: str) -> ResponseReturnValue:
    """Tick a disc as burned, or take the tick back."""
    session, number = transactions.session(), request.form.get("number", 0, type=int)
    done = request.form.get("done") == "1"
    return _ticked(set_id, lambda scope: service.burned(session, scope, set_id, number, done=done))


@bp.post("/media/<set_id>/posted")
@requires(Role.ADMIN)
def media_posted(set_id: str) -> ResponseReturnValue:
    """Tick all discs of a copy as posted, or take that back."""
    session, done = transactions.session(), request.form.get("done") == "1"
    return _ticked(set_id, lambda scope: service.posted(session, scope, set_id, done=done))


def _ticked(set_id: str, act: Any) -> ResponseReturnValue:
    try:
        act(queries.area_of(transactions.session(), current(), set_id))
    except Conflict as problem:
        flash(sentence(problem.code, problem.reason, problem.values), "error")
    else:
        flash(_("Noted."), "success")
    return redirect(url_for(".media_list", set_id=set_id), 303)


def _one(set_id: str) -> queries.Copy:
    session = transactions.session()
    return queries.one(session, queries.area_of(session, current(), set_id), set_id)


def _row(one: queries.Copy) -> dict[str, Any]:
    return copy_row(one, lambda id_, number: url_for(".media_disc", set_id=id_, number=number)) | {
        "list_url": url_for(".media_list", set_id=one.row.id),
        "pdf_url": url_for(".media_pdf", set_id=one.row.id),
        "facility_url": url_for(".facility", code=one.facility.code),
    }
