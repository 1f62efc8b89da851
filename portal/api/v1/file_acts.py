"""`/files/{path}/…`: folders made, files and folders moved, copied, brought back; an older version made the newest."""

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import Field

from portal import transactions
from portal.api.v1.base import Body, bp
from portal.api.v1.files import condition, file_row
from portal.guards import FACILITY, requires
from portal.scope import current
from vault.exams import drive, drive_moves, drive_queries, folders


class Target(Body):
    """Where to; what lies there gives way only with `overwrite`."""

    to: str
    overwrite: bool = False


class Version(Body):
    """Which one."""

    version: int = Field(ge=1)


@bp.post("/files/<path:path>/folder")
@requires(FACILITY)
def file_folder(path: str) -> ResponseReturnValue:
    """Make a folder, and those it lies in."""
    return {"kind": "folder", "path": folders.make(transactions.session(), current(), path).path}, 201


@bp.post("/files/<path:path>/move")
@requires(FACILITY)
@bp.input(Target, arg_name="target")
def file_move(path: str, target: Target) -> ResponseReturnValue:
    """Let the file or folder lie elsewhere, or have another name."""
    drive_moves.move(transactions.session(), current(), path, target.to, overwrite=target.overwrite)
    return Response(status=204)


@bp.post("/files/<path:path>/copy")
@requires(FACILITY)
@bp.input(Target, arg_name="target")
def file_copy(path: str, target: Target) -> ResponseReturnValue:
    """Let it lie elsewhere too; its bytes are not counted twice."""
    drive_moves.copy(transactions.session(), current(), path, target.to, overwrite=target.overwrite)
    return Response(status=204)


@bp.post("/files/<path:path>/restore")
@requires(FACILITY)
@bp.input(Version, arg_name="body")
def file_restore(path: str, body: Version) -> ResponseReturnValue:
    """Make an older version the newest one."""
    return file_row(drive.restore(transactions.session(), current(), path, body.version, condition()))


@bp.post("/files/<path:path>/undelete")
@requires(FACILITY)
def file_undelete(path: str) -> ResponseReturnValue:
    """Bring back what was deleted last at the path, a folder with all that went with it."""
    session, scope = transactions.session(), current()
    if drive_queries.was_folder(session, scope, path):
        return {"kind": "folder", "path": path, "files": folders.undelete(session, scope, path)}
    return file_row(drive.undelete(session, scope, path))
