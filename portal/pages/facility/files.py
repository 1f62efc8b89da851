"""The drive as a page: folders, upload, delete and bring back."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import bytes as stored
from portal import transactions
from portal.guards import FACILITY_PEOPLE, own_transactions, requires
from portal.pages import lists
from portal.pages.facility.base import bp
from portal.scope import current
from portal.uploads import keep_in_folder
from portal.wording import sentence
from vault.base.errors import AppError
from vault.base.paging import MOST
from vault.exams import drive, drive_queries
from vault.exams.models import DriveFile

GRACE = timedelta(days=30)


@bp.get("/files/")
@requires(FACILITY_PEOPLE)
def files() -> ResponseReturnValue:
    """One folder: what lies in it, and the folders below."""
    session, scope = transactions.session(), current()
    prefix = request.args.get("prefix", "")
    page = drive_queries.list_files(session, scope, prefix=prefix, after=request.args.get("after"), limit=MOST)
    gone = drive_queries.list_files(session, scope, prefix=prefix, deleted=True, limit=20)
    return render_template(
        "facility/files.html",
        prefix=prefix,
        parents=_parents(prefix),
        folders=_folders(prefix, page.items),
        files=[_file(one) for one in page.items if "/" not in one.path[len(prefix) :]],
        deleted=[
            {
                "path": one.path,
                "name": one.path.rpartition("/")[2],
                "deleted_at": one.deleted_at,
                "until": (one.deleted_at or one.modified_at) + GRACE,
            }
            for one in gone.items
        ],
        pager=lists.pager(page),
    )


@bp.get("/files/<path:path>")
@requires(FACILITY_PEOPLE)
def file_get(path: str) -> ResponseReturnValue:
    """The bytes of a file."""
    session, scope = transactions.session(), current()
    found = drive_queries.file_at(session, scope, path)
    blob = drive_queries.open_file(session, scope, transactions.installation().store, found)
    return stored.blob_answer(blob, found.media_type, found.path)


@bp.post("/files/upload")
@requires(FACILITY_PEOPLE)
@own_transactions
def file_upload() -> ResponseReturnValue:
    """Put a form's files into the folder."""
    prefix = request.form.get("prefix", "")
    try:
        paths = keep_in_folder(current(), prefix.rstrip("/"), request.files.getlist("files"))
    except AppError as problem:
        flash(sentence(problem.code, problem.reason, problem.values), "error")
    else:
        flash(_("%(count)s kept.", count=len(paths)), "success")
    return redirect(url_for("facility.files", prefix=prefix), 303)


@bp.post("/files/delete")
@requires(FACILITY_PEOPLE)
def file_delete() -> ResponseReturnValue:
    """Out of sight; it can be brought back."""
    path = request.form.get("path", "")
    drive.delete(transactions.session(), current(), path)
    flash(_("Deleted. It can be brought back below."), "success")
    return _to_folder(path)


@bp.post("/files/undelete")
@requires(FACILITY_PEOPLE)
def file_undelete() -> ResponseReturnValue:
    """As it was."""
    path = request.form.get("path", "")
    drive.undelete(transactions.session(), current(), path)
    flash(_("It is back."), "success")
    return _to_folder(path)


def _to_folder(path: str) -> ResponseReturnValue:
    folder = path.rpartition("/")[0]
    return redirect(url_for("facility.files", prefix=f"{folder}/" if folder else ""), 303)


def _parents(prefix: str) -> list[dict[str, str]]:
    found = [{"name": "", "url": url_for("facility.files")}]
    way = ""
    for name in prefix.strip("/").split("/") if prefix else []:
        way += f"{name}/"
        found.append({"name": name, "url": url_for("facility.files", prefix=way)})
    return found


def _folders(prefix: str, found: list[DriveFile]) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for one in found:
        below = one.path[len(prefix) :]
        if "/" in below:
            name = below.partition("/")[0]
            counts[name] = counts.get(name, 0) + 1
    return [
        {"name": name, "url": url_for("facility.files", prefix=f"{prefix}{name}/"), "files": count}
        for name, count in sorted(counts.items())
    ]


def _file(one: DriveFile) -> dict[str, Any]:
    return {
        "path": one.path,
        "name": one.path.rpartition("/")[2],
        "url": url_for("facility.file_get", path=one.path),
        "size": one.size,
        "changed_at": one.modified_at,
        "who": "",
    }
