"""`/files`: the area as a plain drive."""

from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from flask import Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from portal import transactions
from portal.api.v1.base import ListQuery, bp, header, listed, rfc3339, unlimited_body
from portal.bytes import blob_answer
from portal.guards import FACILITY, own_transactions, requires
from portal.scope import current
from vault.base.errors import Invalid
from vault.base.scope import Scope
from vault.exams import drive, drive_queries, folders, forgetting, zips
from vault.exams.drive import ANY, Condition
from vault.exams.drive_queries import Deleted, Entry
from vault.exams.models import DriveFile, DriveVersion


class FileList(ListQuery):
    """Which files: those whose path begins so; with `delimiter=/` what lies directly in that folder; deleted ones."""

    prefix: str = ""
    delimiter: Literal["", "/"] = ""
    deleted: bool = False


@bp.get("/files")
@requires(FACILITY)
@bp.input(FileList, location="query", arg_name="query")
def file_list(query: FileList) -> ResponseReturnValue:
    """By path; what was deleted by the time it was, the newest first."""
    session, scope = transactions.session(), current()
    if query.deleted:
        gone = drive_queries.deleted(session, scope, after=query.after, limit=query.limit)
        until = forgetting.until(session, scope, transactions.installation().settings.retention, gone.items)
        return listed(gone, [_gone(one, until[one.id]) for one in gone.items])
    if query.delimiter:
        level = drive_queries.level(session, scope, query.prefix.strip("/"), after=query.after, limit=query.limit)
        return listed(level, [_entry(entry) for entry in level.items])
    page = drive_queries.list_files(session, scope, prefix=query.prefix, after=query.after, limit=query.limit)
    return listed(page, [file_row(file) for file in page.items])


class FileQuery(BaseModel):
    """Of a file an older version, or the list of them; a folder as a zip."""

    version: int | None = Field(None, ge=1)
    versions: str | None = None
    zip: str | None = None


@bp.get("/files/<path:path>")
@requires(FACILITY)
@bp.input(FileQuery, location="query", arg_name="query")
def file_get(path: str, query: FileQuery) -> ResponseReturnValue:
    """The bytes of a file (`?version=N`: as they were), its `?versions`, or a folder as a `?zip`."""
    session, scope, store = transactions.session(), current(), transactions.installation().store
    if query.zip is not None:
        return zip_answer(session, scope, path)
    found = drive_queries.file_at(session, scope, path)
    if query.versions is not None:
        return {"items": [_version(one) for one in drive_queries.versions(session, scope, found)], "next": None}
    blob = drive_queries.open_file(session, scope, store, found, query.version)
    return blob_answer(blob, found.media_type, found.path)


@bp.put("/files/<path:path>")
@requires(FACILITY)
@own_transactions
def file_put(path: str) -> ResponseReturnValue:
    """Put the body at the path: 201 for a new file, 200 for a new version; `If-Match`, `If-None-Match: *`."""
    unlimited_body()
    in_chunks = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if request.content_length is None and not in_chunks:
        raise Invalid("length_required", field="Content-Length")
    installation = transactions.installation()
    put = drive.put(
        installation.database,
        installation.store,
        current(),
        path,
        request.stream,
        size=request.content_length,
        largest=installation.settings.limits.file_bytes,
        media_type=request.mimetype or None,
        condition=condition(),
    )
    body = {"path": put.path, "version": put.version, "sha256": put.sha256, "size": put.size}
    return body, 201 if put.made else 200, {"ETag": f'"{put.sha256}"'}


@bp.delete("/files/<path:path>")
@requires(FACILITY)
def file_delete(path: str) -> ResponseReturnValue:
    """Out of sight, a folder with all that lies in it; either can be brought back."""
    session, scope = transactions.session(), current()
    if drive_queries.is_folder(session, scope, path):
        folders.delete(session, scope, path.strip("/"))
    else:
        drive.delete(session, scope, path, condition())
    return Response(status=204)


def zip_answer(session: Session, scope: Scope, path: str) -> Response:
    """A folder of the caller's drive as a streamed zip."""
    found = zips.members(session, scope, transactions.installation().store, path.strip("/"))
    answer = Response(zips.stream(found), content_type="application/zip")
    name = quote(f"{path.strip('/').rpartition('/')[2]}.zip")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


def condition() -> Condition:
    """What `If-Match` and `If-None-Match: *` of this request ask."""
    match = header("If-Match")
    none = header("If-None-Match")
    if none not in (None, ANY):
        raise Invalid(field="If-None-Match")
    digests = frozenset(part.strip().strip('"') for part in match.split(",")) if match else None
    return Condition(match=digests, absent=none == ANY)


def file_row(file: DriveFile) -> dict[str, Any]:
    """A file as the API gives it."""
    return {
        "path": file.path,
        "size": file.size,
        "sha256": file.sha256,
        "type": file.media_type,
        "version": file.version,
        "modified_at": rfc3339(file.modified_at),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    if entry.file is not None:
        return {"kind": "file", **file_row(entry.file)}
    return {"kind": "folder", "path": entry.path}


def _gone(one: Deleted, until: datetime) -> dict[str, Any]:
    return {"kind": one.kind, "path": one.path, "deleted_at": rfc3339(one.deleted_at), "until": rfc3339(until)}


def _version(one: DriveVersion) -> dict[str, Any]:
    return {
        "version": one.version,
        "size": one.size,
        "sha256": one.sha256,
        "type": one.media_type,
        "put_at": rfc3339(one.put_at),
        "who": one.who,
    }
