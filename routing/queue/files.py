"""Files for an answer: uploaded for an assignment, bound to the answer that is sent with them."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from routing.queue import access
from routing.queue.models import Answer, AnswerFile, Assignment
from vault.base import clock, ids
from vault.base.errors import IllegalMove, Invalid, NotFound
from vault.base.scope import Scope, scoped


def target(session: Session, scope: Scope, assignment_id: str) -> Assignment:
    """The assignment that a file may be uploaded for: the caller's, and not done; its `facility_id` names the area."""
    assignment = access.granted(session, scope, assignment_id)
    if not assignment.is_open:
        raise IllegalMove(state=assignment.state, to="changed")
    return assignment


def keep(
    session: Session, scope: Scope, assignment_id: str, *, name: str, digest: str, size: int, media_type: str
) -> AnswerFile:
    """
    Note a file whose bytes (SHA-256 `digest`, `size` in bytes) are durable in the area of the assignment.

    The same name again replaces what was not sent yet.
    """
    assignment = target(session, scope, assignment_id)
    row = next((file for file in unsent(session, assignment) if file.name == name), None)
    if row is None:
        row = AnswerFile(facility_id=assignment.facility_id, assignment_id=assignment.id, name=name)
        session.add(row)
    row.digest, row.size, row.media_type, row.at = digest, size, media_type or "application/octet-stream", clock.now()
    session.flush()
    return row


def remove(session: Session, scope: Scope, assignment_id: str, name: str) -> None:
    """Take an uploaded file away before the answer is sent; NotFound where there is none of that name."""
    assignment = target(session, scope, assignment_id)
    session.delete(one_of(unsent(session, assignment), name))
    session.flush()


def unsent(session: Session, assignment: Assignment) -> list[AnswerFile]:
    """What was uploaded for the assignment and is part of no answer yet, in the order of arrival."""
    statement = select(AnswerFile).where(
        AnswerFile.facility_id == assignment.facility_id,
        AnswerFile.assignment_id == assignment.id,
        AnswerFile.answer_id.is_(None),
    )
    return list(session.scalars(statement.order_by(AnswerFile.at, AnswerFile.id)))


def of_assignment(session: Session, assignment: Assignment) -> list[AnswerFile]:
    """Everything uploaded for the assignment, the newest first: an older version's file hides behind a newer one."""
    statement = select(AnswerFile).where(
        AnswerFile.facility_id == assignment.facility_id, AnswerFile.assignment_id == assignment.id
    )
    return list(session.scalars(statement.order_by(AnswerFile.id.desc())))


def bind(session: Session, answer: Answer, named: Sequence[str] | None) -> None:
    """Make the named files (None: all) part of the answer; Invalid for a name that was not uploaded."""
    statement = select(AnswerFile).where(
        AnswerFile.facility_id == answer.facility_id,
        AnswerFile.assignment_id == answer.assignment_id,
        AnswerFile.answer_id.is_(None),
    )
    waiting = {file.name: file for file in session.scalars(statement)}
    for name in waiting if named is None else named:
        if name not in waiting:
            raise Invalid("unknown_file", field="files", value=name)
        waiting[name].answer_id = answer.id
    session.flush()


def copy(session: Session, old: Answer, new: Answer) -> None:
    """Let a corrected answer keep the files of the version before."""
    for file in of_answer(session, old):
        session.add(
            AnswerFile(
                id=ids.new(),
                facility_id=file.facility_id,
                assignment_id=file.assignment_id,
                answer_id=new.id,
                name=file.name,
                digest=file.digest,
                size=file.size,
                media_type=file.media_type,
                at=file.at,
            )
        )
    session.flush()


def of_answer(session: Session, answer: Answer) -> list[AnswerFile]:
    """The files of an answer, in the order of arrival."""
    statement = select(AnswerFile).where(
        AnswerFile.facility_id == answer.facility_id, AnswerFile.answer_id == answer.id
    )
    return list(session.scalars(statement.order_by(AnswerFile.at, AnswerFile.id)))


def digests(scope: Scope) -> Select[str]:
    """A statement that selects the digests of what departments sent to the caller's area."""
    return scoped(select(AnswerFile.digest), scope, AnswerFile)


def one_of(files: Sequence[AnswerFile], name: str) -> AnswerFile:
    """The file of that name, or NotFound."""
    for file in files:
        if file.name == name:
            return file
    raise NotFound("file")
