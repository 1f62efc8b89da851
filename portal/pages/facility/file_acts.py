"""What people do to the drive on its pages: folders made, things moved, deleted, brought back, small files sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import transactions
from portal.guards import FACILITY_PEOPLE, own_transactions, requires
from portal.pages.facility.base import bp
from portal.scope import current
from portal.uploads import keep_in_folder
from portal.wording import sentence
from vault.base.errors import AppError, Invalid, NotSignedIn
from vault.exams import drive, drive_moves, drive_queries, folders, places


@bp.post("/files/upload")
@requires(FACILITY_PEOPLE)
@own_transactions
def file_upload() -> ResponseReturnValue:
    """Put a form's files into the folder: the way without a script."""
    folder = request.form.get("folder", "")
    with _said():
        paths = keep_in_folder(current(), folder, request.files.getlist("files"))
        if not paths:
            raise Invalid("no_file_chosen", field="files")
        flash(_("%(count)s kept.", count=len(paths)), "success")
    with transactions.database().read() as session:
        return _to_folder(session, folder)


@bp.post("/files/folder")
@requires(FACILITY_PEOPLE)
def folder_make() -> ResponseReturnValue:
    """A new folder in the one that is shown."""
    folder = request.form.get("folder", "")
    with _kept():
        path = _below(folder, request.form.get("name", "").strip())
        folders.make(transactions.session(), current(), path)
        if request.accept_mimetypes.best == "application/json":
            return "", 204
        flash(_("The folder was made."), "success")
    return _to_folder(transactions.session(), folder)


@bp.post("/files/move")
@requires(FACILITY_PEOPLE)
def item_move() -> ResponseReturnValue:
    """Another name, or another folder, or both."""
    path = request.form.get("path", "")
    with _kept():
        target = _below(request.form.get("folder", "").strip("/ "), request.form.get("name", "").strip())
        drive_moves.move(transactions.session(), current(), path, target)
        flash(_("It lies here now."), "success")
        return _to_item(transactions.session(), target)
    return _to_item(transactions.session(), path)


@bp.post("/files/delete")
@requires(FACILITY_PEOPLE)
def item_delete() -> ResponseReturnValue:
    """Out of sight, a folder with all that lies in it; the page that follows offers to undo it."""
    session, scope, path = transactions.session(), current(), request.form.get("path", "")
    with _kept():
        if drive_queries.is_folder(session, scope, path):
            folders.delete(session, scope, path)
        else:
            drive.delete(session, scope, path)
        return _to_folder(transactions.session(), places.parent(path), gone=path)
    return _to_folder(transactions.session(), places.parent(path))


@bp.post("/files/undelete")
@requires(FACILITY_PEOPLE)
def item_undelete() -> ResponseReturnValue:
    """As it was."""
    session, scope, path = transactions.session(), current(), request.form.get("path", "")
    with _kept():
        if drive_queries.was_folder(session, scope, path):
            folders.undelete(session, scope, path)
        else:
            drive.undelete(session, scope, path)
        flash(_("It is back."), "success")
        return _to_folder(transactions.session(), places.parent(path))
    return redirect(url_for("facility.files_deleted"), 303)


@bp.post("/files/restore")
@requires(FACILITY_PEOPLE)
def file_restore() -> ResponseReturnValue:
    """Make an older version the newest one; what is newest now stays as a version."""
    path, version = request.form.get("path", ""), request.form.get("version", 0, type=int)
    with _kept():
        drive.restore(transactions.session(), current(), path, version)
        flash(_("Version %(version)s is the newest one again.", version=version), "success")
    return _to_item(transactions.session(), path)


@contextmanager
def _said() -> Iterator[None]:
    """What is refused is said on the page that follows."""
    try:
        yield
    except NotSignedIn:
        raise
    except AppError as problem:
        flash(sentence(problem.code, problem.reason, problem.values), "error")


@contextmanager
def _kept() -> Iterator[None]:
    """The same, and nothing of a refused act stays: the answer is no error, so its transaction will be committed."""
    with _said(), transactions.session().begin_nested():
        yield


def _below(folder: str, name: str) -> str:
    if "/" in name:
        raise Invalid("name_characters", field="name")
    return f"{folder}/{name}" if folder else name


def _to_item(session: Session, path: str) -> ResponseReturnValue:
    """The page of what lies at `path`; where nothing does, that of the folder above."""
    if drive_queries.entry_at(session, current(), path) is None:
        return _to_folder(session, places.parent(path))
    return redirect(url_for("facility.item", path=path), 303)


def _to_folder(session: Session, folder: str, gone: str | None = None) -> ResponseReturnValue:
    """The page of the folder, or of the nearest above it that there is; `gone` can be undone there."""
    way = [one for one in [*places.above(folder), folder] if drive_queries.is_folder(session, current(), one)]
    return redirect(url_for("facility.files", folder=way[-1] if way else None, gone=gone), 303)
