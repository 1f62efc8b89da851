"""Where things lie in the drive: at most one live file or folder at a path, and the folders above it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.errors import Invalid
from vault.base.scope import Scope, scoped
from vault.exams.models import DriveFile, DriveFolder
from vault.exams.names import folded
from vault.tenancy.models import Space


def take_turn(session: Session, scope: Scope) -> None:
    """Changes to one drive take turns until their transactions end, so that what was looked at stays so."""
    session.execute(scoped(select(Space.facility_id), scope, Space).where(Space.target_id == "").with_for_update())


def parent(path: str) -> str:
    """The path of the folder that `path` lies in; empty for the drive itself."""
    return path.rpartition("/")[0]


def above(path: str) -> list[str]:
    """The paths of the folders on the way to `path`, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def below(model: Any, low: str) -> ColumnElement[bool]:
    """Whether a row of that model lies anywhere below the folder of that folded path."""
    inside: ColumnElement[bool] = model.folded_path.startswith(f"{low}/", autoescape=True)
    return inside


def live_file(session: Session, scope: Scope, path: str) -> DriveFile | None:
    """The file that lies at `path`, in whatever spelling."""
    statement = scoped(select(DriveFile), scope, DriveFile).where(DriveFile.folded_path == folded(path))
    return session.scalar(statement.where(DriveFile.deleted_at.is_(None)))


def live_folder(session: Session, scope: Scope, path: str) -> DriveFolder | None:
    """The folder at `path`, in whatever spelling."""
    statement = scoped(select(DriveFolder), scope, DriveFolder).where(DriveFolder.folded_path == folded(path))
    return session.scalar(statement.where(DriveFolder.deleted_at.is_(None)))


def last_deleted_file(session: Session, scope: Scope, path: str) -> DriveFile | None:
    """Of the files that were deleted at `path`, the one that was there last."""
    statement = scoped(select(DriveFile), scope, DriveFile).where(DriveFile.folded_path == folded(path))
    gone = statement.where(DriveFile.deleted_at.is_not(None))
    return session.scalar(gone.order_by(DriveFile.deleted_at.desc(), DriveFile.id.desc()).limit(1))


def last_deleted_folder(session: Session, scope: Scope, path: str) -> DriveFolder | None:
    """Of the folders that were deleted at `path` by their own name, the one that was there last."""
    statement = scoped(select(DriveFolder), scope, DriveFolder).where(DriveFolder.folded_path == folded(path))
    gone = statement.where(DriveFolder.deleted_at.is_not(None), DriveFolder.deleted_with.is_(None))
    return session.scalar(gone.order_by(DriveFolder.deleted_at.desc(), DriveFolder.id.desc()).limit(1))


def ensure_folders(session: Session, scope: Scope, path: str) -> None:
    """
    See that the folders on the way to `path` are there.

    Raises Invalid where a file lies on the way (`not_a_folder`) or a folder of another spelling (`case_collision`).
    """
    way = above(path)
    if not way:
        return
    lows = [folded(one) for one in way]
    files = scoped(select(DriveFile.id), scope, DriveFile).where(DriveFile.folded_path.in_(lows))
    if session.scalar(files.where(DriveFile.deleted_at.is_(None)).limit(1)) is not None:
        raise Invalid("not_a_folder", field="path")
    there = _folders(session, scope, lows)
    for one, low in zip(way, lows, strict=True):
        if low not in there:
            session.add(new_folder(scope, one))
        elif there[low].path != one:
            raise Invalid("case_collision", field="path")
    session.flush()


def new_folder(scope: Scope, path: str) -> DriveFolder:
    """A row for a folder at `path`, not added yet."""
    low = folded(path)
    return DriveFolder(
        facility_id=scope.area,
        path=path,
        folded_path=low,
        folded_parent=parent(low),
        made_at=clock.now(),
        deleted_at=None,
        deleted_with=None,
    )


def put_at(row: DriveFile | DriveFolder, path: str) -> None:
    """Let the row lie at `path`."""
    row.path, row.folded_path = path, folded(path)
    row.folded_parent = parent(row.folded_path)


def _folders(session: Session, scope: Scope, lows: Sequence[str]) -> dict[str, DriveFolder]:
    statement = scoped(select(DriveFolder), scope, DriveFolder).where(DriveFolder.folded_path.in_(lows))
    return {row.folded_path: row for row in session.scalars(statement.where(DriveFolder.deleted_at.is_(None)))}
