"""The drive as a page: one folder with what lies in it, a file's bytes, a folder as a zip, and what was deleted."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import bytes as stored
from portal import transactions
from portal.api.v1.files import zip_answer
from portal.guards import FACILITY_PEOPLE, requires
from portal.pages import lists
from portal.pages.facility import space
from portal.pages.facility.base import bp
from portal.scope import current
from vault.base.errors import NotFound
from vault.base.paging import MOST
from vault.base.scope import Scope
from vault.exams import drive_queries, forgetting, places
from vault.exams.drive_queries import Entry
from vault.exams.names import as_kept


@bp.get("/files/")
@requires(FACILITY_PEOPLE)
def files() -> ResponseReturnValue:
    """One folder: `?folder=PATH`, the drive itself without; `?gone=PATH` offers to undo a deletion."""
    session, scope = transactions.session(), current()
    folder = request.args.get("folder", "")
    if folder and not drive_queries.is_folder(session, scope, as_kept(folder)):
        raise NotFound("folder")
    page = drive_queries.level(session, scope, folder, after=request.args.get("after"), limit=MOST)
    return render_template(
        "facility/files.html",
        folder=folder,
        area=scope.area,
        endpoint=url_for("api.upload_create"),
        parents=parents(folder),
        entries=_entries(session, scope, page.items),
        gone=_gone(session, scope),
        uses=space.shown(session, scope),
        largest=transactions.installation().settings.limits.file_bytes,
        pager=lists.pager(page),
    )


@bp.get("/files/<path:path>")
@requires(FACILITY_PEOPLE)
def file_get(path: str) -> ResponseReturnValue:
    """The bytes of a file; `?version=N` as they were."""
    session, scope = transactions.session(), current()
    found = drive_queries.file_at(session, scope, path)
    version = request.args.get("version", type=int)
    blob = drive_queries.open_file(session, scope, transactions.installation().store, found, version)
    media_type = drive_queries.type_of(session, scope, found, version)
    return stored.blob_answer(blob, media_type, found.path)


@bp.get("/drive/zip")
@requires(FACILITY_PEOPLE)
def folder_zip() -> ResponseReturnValue:
    """A folder (`?path=`) with all that lies in it, as one file."""
    return zip_answer(transactions.session(), current(), as_kept(request.args.get("path", "")))


@bp.get("/drive/deleted")
@requires(FACILITY_PEOPLE)
def files_deleted() -> ResponseReturnValue:
    """What can be brought back, and until when."""
    session, scope = transactions.session(), current()
    policy = transactions.installation().settings.retention
    page = drive_queries.deleted(session, scope, after=request.args.get("after"), limit=MOST)
    until = forgetting.until(session, scope, policy, page.items)
    return render_template(
        "facility/files_deleted.html",
        days=policy.grace_days,
        deleted=[
            {
                "id": one.id,
                "kind": one.kind,
                "name": one.path.rpartition("/")[2],
                "folder": places.parent(one.path),
                "path": one.path,
                "deleted_at": one.deleted_at,
                "until": until[one.id],
            }
            for one in page.items
        ],
        pager=lists.pager(page),
    )


def parents(path: str) -> list[dict[str, str]]:
    """The way to `path`: the drive first, then each folder on the way, `path` the last."""
    way = [*places.above(path), path] if path else []
    steps = [{"name": one.rpartition("/")[2], "url": url_for("facility.files", folder=one)} for one in way]
    return [{"name": "", "url": url_for("facility.files")}, *steps]


def _entries(session: Session, scope: Scope, found: list[Entry]) -> list[dict[str, Any]]:
    who = drive_queries.putters(session, scope, [one.file for one in found if one.file])
    counts = drive_queries.held_in(session, scope, [one.folder for one in found if one.folder])
    return [_entry(one, who, counts) for one in found]


def _entry(one: Entry, who: dict[str, str], counts: dict[str, int]) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": one.name, "path": one.path, "more_url": url_for("facility.item", path=one.path)}
    if one.file is not None:
        url = url_for("facility.file_get", path=one.path)
        file = {"kind": "file", "url": url, "size": one.file.size, "changed_at": one.file.modified_at}
        return shown | file | {"who": who.get(one.file.id, "")}
    folder = {"kind": "folder", "url": url_for("facility.files", folder=one.path), "holds": counts.get(one.id, 0)}
    return shown | folder | {"changed_at": one.folder.made_at if one.folder else None, "who": ""}


def _gone(session: Session, scope: Scope) -> dict[str, str] | None:
    """What was just deleted, while it can be brought back."""
    path = request.args.get("gone", "")
    if not path or drive_queries.entry_at(session, scope, path) is not None:
        return None
    return {"path": path, "name": path.rpartition("/")[2]}
