"""What becomes of an upload: a file of the drive or an image of an exam here; others register their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from vault.base.errors import Conflict, Invalid
from vault.base.scope import FACILITY_ROLES, Scope, get_for
from vault.exams import drive
from vault.exams import queries as exams
from vault.exams.drive import Condition
from vault.exams.models import Exam, ExamState
from vault.exams.queries import require_there
from vault.intake import promises
from vault.intake.uploads.models import Purpose, Upload
from vault.store.writing import Stored

Details = Mapping[str, Any]


@dataclass(frozen=True)
class Room:
    """In whose area the bytes go; `own` is False where their room has been promised to something else already."""

    facility_id: str
    own: bool = True


class Destination(Protocol):
    """A purpose of uploads."""

    def check(self, session: Session, scope: Scope, details: Details, length: int | None) -> Room:
        """Refuse before any byte came what would be refused at the end; `length` in bytes, None while unknown."""

    def verify(self, session: Session, scope: Scope, details: Details, digest: str, size: int) -> None:
        """Invalid where these are not the bytes that the purpose asks for."""

    def target(self, session: Session, scope: Scope, details: Details) -> str:
        """The backup target within whose limit the bytes count; empty for the area's alone."""

    def keep(self, session: Session, scope: Scope, upload: Upload, stored: Stored) -> None:
        """Record the bytes, which the area holds now."""

    def count(self, session: Session, scope: Scope, upload: Upload, size: int) -> None:
        """`size` bytes are held that were not before, in room that is not the upload's own."""


class _Drive:
    """A file by its path, under the conditions of a PUT."""

    def check(self, session: Session, scope: Scope, details: Details, length: int | None) -> Room:
        scope.require(*FACILITY_ROLES)
        drive.check_place(session, scope, details["path"], _condition(details))
        return Room(scope.area)

    def verify(self, session: Session, scope: Scope, details: Details, digest: str, size: int) -> None:
        return None

    def target(self, session: Session, scope: Scope, details: Details) -> str:
        return ""

    def keep(self, session: Session, scope: Scope, upload: Upload, stored: Stored) -> None:
        details = upload.details
        condition = _condition(details)
        drive.keep(session, scope, details["path"], stored, media_type=details["type"], condition=condition)

    def count(self, session: Session, scope: Scope, upload: Upload, size: int) -> None:
        raise LookupError("a file of the drive has room of its own")


class _Image:
    """An image that an exam which is still receiving has announced; its room is promised to the exam."""

    def check(self, session: Session, scope: Scope, details: Details, length: int | None) -> Room:
        scope.require(*FACILITY_ROLES)
        exam = _receiving(session, scope, details["exam"])
        image = exams.image(session, scope, exam.id, details["name"])
        if length is not None and length != image.size:
            raise Invalid("size_differs", field="Upload-Length", size=image.size)
        promises.keep(session, scope, exam)
        return Room(scope.area, own=False)

    def verify(self, session: Session, scope: Scope, details: Details, digest: str, size: int) -> None:
        exam = _receiving(session, scope, details["exam"])
        image = exams.image(session, scope, exam.id, details["name"])
        if (digest, size) != (image.sha256, image.size):
            raise Invalid("digest_differs", field="name")
        promises.keep(session, scope, exam)  # room that was given back while the upload rested is promised again

    def target(self, session: Session, scope: Scope, details: Details) -> str:
        return get_for(session, scope, Exam, details["exam"]).target_id

    def keep(self, session: Session, scope: Scope, upload: Upload, stored: Stored) -> None:
        _receiving(session, scope, upload.details["exam"])

    def count(self, session: Session, scope: Scope, upload: Upload, size: int) -> None:
        promises.settle(session, get_for(session, scope, Exam, upload.details["exam"]), size)


def _receiving(session: Session, scope: Scope, exam_id: str) -> Exam:
    exam = get_for(session, scope, Exam, exam_id, lock=True)
    require_there(exam)
    if exam.state != ExamState.RECEIVING:
        raise Conflict("exam_held", state=exam.state)
    return exam


def _condition(details: Details) -> Condition:
    match = details.get("match")
    return Condition(match=None if match is None else frozenset(match), absent=bool(details.get("absent")))


_known: dict[Purpose, Destination] = {Purpose.FILE: _Drive(), Purpose.IMAGE: _Image()}


def register(purpose: Purpose, destination: Destination) -> None:
    """Have uploads of that purpose end there."""
    _known[purpose] = destination


def of(purpose: str) -> Destination:
    """The destination of a purpose; Invalid where none is registered."""
    found = _known.get(Purpose(purpose))
    if found is None:
        raise Invalid("upload_purpose", field="Upload-Metadata")
    return found
