"""One file or folder of the drive: its versions, its name and place, and how to be rid of it."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import FACILITY_PEOPLE, requires
from portal.pages.facility.base import bp
from portal.pages.facility.files import parents
from portal.scope import current
from vault.base.errors import NotFound
from vault.base.scope import Scope
from vault.exams import drive_queries, places
from vault.exams.models import DriveFile


@bp.get("/drive/item")
@requires(FACILITY_PEOPLE)
def item() -> ResponseReturnValue:
    """What lies at `?path=`."""
    session, scope = transactions.session(), current()
    found = drive_queries.entry_at(session, scope, request.args.get("path", ""))
    if found is None:
        raise NotFound("file")
    return render_template(
        "facility/file_item.html",
        kind="file" if found.file else "folder",
        name=found.name,
        path=found.path,
        folder=places.parent(found.path),
        parents=parents(places.parent(found.path)),
        folders=drive_queries.folder_paths(session, scope),
        url=_url(found.path, folder=found.file is None),
        versions=_versions(session, scope, found.file) if found.file else [],
    )


def _url(path: str, *, folder: bool) -> str:
    return url_for("facility.folder_zip", path=path) if folder else url_for("facility.file_get", path=path)


def _versions(session: Session, scope: Scope, file: DriveFile) -> list[dict[str, Any]]:
    return [
        {
            "version": one.version,
            "newest": one.version == file.version,
            "size": one.size,
            "put_at": one.put_at,
            "who": one.who,
            "url": url_for("facility.file_get", path=file.path, version=one.version),
        }
        for one in drive_queries.versions(session, scope, file)
    ]
