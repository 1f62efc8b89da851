"""Files taken in with a form or a PUT: into the drive, or as part of a department's answer."""

import secrets
from collections.abc import Sequence

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from portal import transactions
from routing.queue import files
from routing.queue.models import AnswerFile
from vault.base import clock
from vault.base.errors import Invalid
from vault.base.scope import Scope
from vault.exams import drive
from vault.exams.names import checked_name
from vault.exams.single import take_in
from vault.store.packs import Stored
from vault.store.streams import Readable

ATTACHMENTS = "requests"


def keep_attachments(scope: Scope, uploads: Sequence[FileStorage]) -> list[str]:
    """Put a form's files into the caller's drive, each beside none other; returns their paths."""
    return keep_in_folder(scope, f"{ATTACHMENTS}/{clock.now():%Y-%m-%d}-{secrets.token_hex(4)}", uploads)


def keep_in_folder(scope: Scope, folder: str, uploads: Sequence[FileStorage]) -> list[str]:
    """Put a form's files into a folder of the caller's drive (empty: its root); returns their paths."""
    installation = transactions.installation()
    paths = []
    for upload in _given(uploads):
        put = drive.put(
            installation.database,
            installation.store,
            scope,
            f"{folder}/{_name(upload)}".lstrip("/"),
            upload.stream,
            size=_size(upload),
            largest=installation.settings.limits.file_bytes,
            media_type=upload.mimetype or None,
        )
        paths.append(put.path)
    return paths


def keep_answer_files(scope: Scope, assignment_id: str, uploads: Sequence[FileStorage]) -> list[str]:
    """Keep a form's files for the answer of that assignment; returns their names."""
    return [
        keep_answer_file(scope, assignment_id, _name(one), one.stream, _size(one), one.mimetype).name
        for one in _given(uploads)
    ]


def keep_answer_file(
    scope: Scope, assignment_id: str, name: str, stream: Readable, size: int, media_type: str
) -> AnswerFile:
    """Keep one file of `size` bytes for the answer of that assignment, in the area that it is about."""
    installation = transactions.installation()
    with installation.database.read() as session:
        area = Scope.system(files.target(session, scope, assignment_id).facility_id)

    def record(session: Session, stored: Stored) -> AnswerFile:
        return files.keep(
            session,
            scope,
            assignment_id,
            name=checked_name(name, "files"),
            digest=stored.digest,
            size=stored.size,
            media_type=media_type or "application/octet-stream",
        )

    return take_in(
        installation.database,
        installation.store,
        area,
        stream,
        size=size,
        largest=installation.settings.limits.file_bytes,
        record=record,
    )


def _given(uploads: Sequence[FileStorage]) -> list[FileStorage]:
    return [upload for upload in uploads if upload.filename]


def _name(upload: FileStorage) -> str:
    name = (upload.filename or "").replace("\\", "/").rpartition("/")[2].strip()
    if not name:
        raise Invalid("file_name", field="files")
    return name


def _size(upload: FileStorage) -> int:
    upload.stream.seek(0, 2)
    size = upload.stream.tell()
    upload.stream.seek(0)
    return size
