"""A request as both sides' pages show it: pictures, files, talk, answers, where it stands, what happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import languages
from portal.pages import pictures
from portal.pages.pictures import Address
from routing.departments import queries as departments
from routing.departments.models import Department
from routing.queue.models import Answer, AnswerFile, Assignment
from routing.queue.states import AnswerState
from routing.requests.models import Message, Request, RequestEvent, RequestExam, RequestFile, RequestImage
from vault.base.scope import Scope, scoped
from vault.exams import queries as exams
from vault.exams.models import GONE, DriveFile, Exam, ExamImage

ANSWER_WORDS = {
    AnswerState.HELD: "ready",
    AnswerState.READY: "ready",
    AnswerState.SHOWN: "shown",
    AnswerState.RECEIVED: "picked-up",
    AnswerState.REPLACED: "replaced",
}
MESSAGE_WORDS = {"question": "ask", "reply": "reply", "word": "reply", "interim": "interim"}
EVENT_WORDS = {"promised": "interim", "received": "picked-up", "delivered": "routed"}
FileAddress = Callable[[str, str], str]
"""(owner's id, file name) → where its bytes are."""


@dataclass(frozen=True)
class Names:
    """Departments by id, named in the reader's language."""

    known: dict[str, Department]

    @classmethod
    def read(cls, session: Session) -> "Names":
        return cls(departments.every(session))

    def of(self, department_id: str | None) -> str:
        """The name, or nothing for none."""
        found = self.known.get(department_id or "")
        return "" if found is None else name_of(found)

    def of_code(self, code: str) -> str:
        """The name of the department of that code, or the code."""
        return next((name_of(row) for row in self.known.values() if row.code == code), code)


def name_of(department: Department) -> str:
    """A department's name in the reader's language."""
    return department.name_ja if languages.current() == "ja" else department.name_en


def assignments(session: Session, scope: Scope, names: Names, request_ids: Sequence[str]) -> dict[str, list[Any]]:
    """Where each request stands in each department, by request; one statement."""
    rows = scoped(select(Assignment), scope, Assignment).where(Assignment.request_id.in_(request_ids))
    found: dict[str, list[Any]] = {}
    for row in session.scalars(rows.order_by(Assignment.created_at, Assignment.id)):
        found.setdefault(row.request_id, []).append(
            {
                "department": names.of(row.department_id),
                "state": row.state,
                "since": row.moved_at,
                "promise": row.promised_for or (row.due_at if row.is_open and row.paused_at is None else None),
            }
        )
    return found


def messages(session: Session, scope: Scope, names: Names, request_id: str) -> list[dict[str, Any]]:
    """Questions, replies and interim words, oldest first."""
    rows = scoped(select(Message), scope, Message).where(Message.request_id == request_id)
    return [
        {
            "side": "department" if row.department_id else "facility",
            "who": row.author,
            "department": names.of(row.department_id),
            "body": row.body,
            "at": row.at,
            "kind": MESSAGE_WORDS.get(row.kind, row.kind),
            "until": row.until,
        }
        for row in session.scalars(rows.order_by(Message.at, Message.id))
    ]


def answers(
    session: Session, scope: Scope, names: Names, found: Sequence[Answer], address: FileAddress
) -> list[dict[str, Any]]:
    """Answers with their files; one statement for all files."""
    rows = scoped(select(AnswerFile), scope, AnswerFile).where(AnswerFile.answer_id.in_([one.id for one in found]))
    files: dict[str | None, list[AnswerFile]] = {}
    for file in session.scalars(rows.order_by(AnswerFile.at, AnswerFile.id)):
        files.setdefault(file.answer_id, []).append(file)
    return [_answer(one, names, files.get(one.id, []), address) for one in found]


def answers_of(session: Session, scope: Scope, request_id: str, *, held: bool) -> list[Answer]:
    """The answers of a request, oldest first; those still held back only for the department's side."""
    shown = set(ANSWER_WORDS) - (set() if held else {AnswerState.HELD})
    rows = scoped(select(Answer), scope, Answer).where(Answer.request_id == request_id, Answer.state.in_(shown))
    return list(session.scalars(rows.order_by(Answer.at, Answer.id)))


def events(session: Session, scope: Scope, names: Names, request_id: str) -> list[dict[str, Any]]:
    """What happened so far, oldest first."""
    rows = scoped(select(RequestEvent), scope, RequestEvent).where(RequestEvent.request_id == request_id)
    return [_event(row, names) for row in session.scalars(rows.order_by(RequestEvent.at, RequestEvent.id))]


def files(session: Session, scope: Scope, request_id: str, address: FileAddress) -> list[dict[str, Any]]:
    """The files that came with the request."""
    rows = (
        scoped(select(DriveFile), scope, DriveFile)
        .join(RequestFile, RequestFile.file_id == DriveFile.id)
        .where(RequestFile.request_id == request_id)
    )
    return [
        {
            "name": file.path.rpartition("/")[2],
            "url": address(request_id, file.path),
            "size": file.size,
            "thumb_url": "",
        }
        for file in session.scalars(rows.order_by(DriveFile.path))
    ]


def marked(session: Session, scope: Scope, request_id: str) -> dict[tuple[str, str], list[Any]]:
    """The images that the facility picked, with its marks, in its order."""
    rows = scoped(select(RequestImage), scope, RequestImage).where(RequestImage.request_id == request_id)
    return {(row.exam_id, row.name): row.marks for row in session.scalars(rows.order_by(RequestImage.position))}


def exam_pages(session: Session, scope: Scope, request_id: str) -> list[exams.ExamPage]:
    """The exams that the request is about, with their images; deleted ones are out of sight."""
    rows = scoped(select(RequestExam.exam_id), scope, RequestExam).join(Exam, Exam.id == RequestExam.exam_id)
    rows = rows.where(RequestExam.request_id == request_id, Exam.state.not_in(GONE))
    return [exams.exam_page(session, scope, exam_id) for exam_id in session.scalars(rows)]


def marked_pictures(
    pages: Sequence[exams.ExamPage], picked: dict[tuple[str, str], list[Any]], address: Address
) -> list[dict[str, Any]]:
    """The picked images, in the order in which the facility picked them."""
    rows: dict[tuple[str, str], tuple[ExamImage, list[int]]] = {
        (image.exam_id, image.name): (image, page.thumbnails.get(image.id, []))
        for page in pages
        for image in page.images
    }
    return [
        pictures.picture(*rows[key], address, marks=marks, marked=True) for key, marks in picked.items() if key in rows
    ]


def heading(request: Request) -> dict[str, Any]:
    """The request's own words and state."""
    return {
        "id": request.id,
        "subject": request.subject,
        "body": request.body,
        "state": request.state,
        "urgency": request.urgency,
        "filed_at": request.filed_at,
        "filed_by": request.filed_by,
        "channel": request.channel,
        "caller": request.caller,
    }


def _answer(row: Answer, names: Names, files: Sequence[AnswerFile], address: FileAddress) -> dict[str, Any]:
    return {
        "id": row.id,
        "department": names.of(row.department_id),
        "who": row.by,
        "body": row.body,
        "at": row.at,
        "files": [_file(row, file, address) for file in files],
        "state": ANSWER_WORDS.get(AnswerState(row.state), "ready"),
        "picked_by": row.picked_up_by or "",
        "picked_at": row.picked_up_at,
        "corrects": row.replaces,
    }


def _file(row: Answer, file: AnswerFile, address: FileAddress) -> dict[str, Any]:
    url = address(row.id, file.name)
    shown = file.media_type in ("image/jpeg", "image/png", "image/webp")
    return {"name": file.name, "url": url, "size": file.size, "thumb_url": url if shown else ""}


def _event(row: RequestEvent, names: Names) -> dict[str, Any]:
    what = row.code.rpartition(".")[2]
    department = row.values.get("department", "")
    return {
        "at": row.at,
        "what": EVENT_WORDS.get(what, what),
        "department": names.of(department) or names.of_code(department),
        "who": row.by,
    }
