"""`/files`: the area as a plain drive."""

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.api.v1.base import ListQuery, bp, header, listed, rfc3339, unlimited_body
from portal.bytes import blob_answer
from portal.guards import FACILITY, own_transactions, requires
from portal.scope import current
from vault.base.errors import Invalid
from vault.exams import drive, drive_queries
from vault.exams.drive import ANY, Condition
from vault.exams.models import DriveFile


class FileList(ListQuery):
    """Which files: those whose path begins so."""

    prefix: str = ""


@bp.get("/files")
@requires(FACILITY)
@bp.input(FileList, location="query", arg_name="query")
def file_list(query: FileList) -> ResponseReturnValue:
    """By path."""
    page = drive_queries.list_files(
        transactions.session(), current(), prefix=query.prefix, after=query.after, limit=query.limit
    )
    return listed(page, [_row(file) for file in page.items])


@bp.get("/files/<path:path>")
@requires(FACILITY)
def file_get(path: str) -> ResponseReturnValue:
    """The bytes of a file."""
    session, scope = transactions.session(), current()
    found = drive_queries.file_at(session, scope, path)
    blob = drive_queries.open_file(session, scope, transactions.installation().store, found)
    return blob_answer(blob, found.media_type, found.path)


@bp.put("/files/<path:path>")
@requires(FACILITY)
@own_transactions
def file_put(path: str) -> ResponseReturnValue:
    """Put the body at the path: 201 for a new file, 200 for a new version; `If-Match`, `If-None-Match: *`."""
    unlimited_body()
    if request.content_length is None:
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
        condition=_condition(),
    )
    body = {"path": put.path, "version": put.version, "sha256": put.sha256, "size": put.size}
    return body, 201 if put.made else 200, {"ETag": f'"{put.sha256}"'}


@bp.delete("/files/<path:path>")
@requires(FACILITY)
def file_delete(path: str) -> ResponseReturnValue:
    """Out of sight; it can be brought back."""
    drive.delete(transactions.session(), current(), path, _condition())
    return Response(status=204)


@bp.post("/files/<path:path>/undelete")
@requires(FACILITY)
def file_undelete(path: str) -> ResponseReturnValue:
    """Bring a deleted file back."""
    return _row(drive.undelete(transactions.session(), current(), path))


def _condition() -> Condition:
    match = header("If-Match")
    none = header("If-None-Match")
    if none not in (None, ANY):
        raise Invalid(field="If-None-Match")
    digests = frozenset(part.strip().strip('"') for part in match.split(",")) if match else None
    return Condition(match=digests, absent=none == ANY)


def _row(file: DriveFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "size": file.size,
        "sha256": file.sha256,
        "type": file.media_type,
        "version": file.version,
        "modified_at": rfc3339(file.modified_at),
    }
