"""What a request brings along: exams, images with their marks, files; all of the same area, or nothing is filed."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.requests import marks
from routing.requests.models import Request, RequestExam, RequestFile, RequestImage
from vault.base.errors import Invalid, NotFound, TooLarge
from vault.base.scope import Scope, scoped
from vault.exams import drive_queries as drive
from vault.exams.models import GONE, DriveFile, Exam, ExamImage

MOST = 1000


@dataclass(frozen=True)
class Picked:
    """One image the facility picked, and what it drew on it."""

    exam_id: str
    name: str
    marks: list[dict[str, Any]]


@dataclass(frozen=True)
class Attached:
    """What was found to be the area's."""

    exams: list[str]
    images: list[Picked]
    files: list[DriveFile]


def found(
    session: Session,
    scope: Scope,
    exams: Sequence[str],
    images: Sequence[Mapping[str, Any]],
    files: Sequence[str],
    *,
    allowed: bool,
) -> Attached:
    """
    Everything named, checked to be of the caller's area; NotFound for what is not, Invalid for what has no such form.

    The exams of the images count as named. Where nothing is `allowed` (a department files for a caller), Invalid.
    """
    for field, named in (("exams", exams), ("images", images), ("files", files)):
        if named and not allowed:
            raise Invalid("not_for_callers", field=field)
        if len(named) > MOST:
            raise TooLarge(field=field, limit=MOST)
    picked = [_picked(image, f"images.{number}") for number, image in enumerate(images)]
    if len({(image.exam_id, image.name) for image in picked}) < len(picked):
        raise Invalid("twice", field="images")
    all_exams = list(dict.fromkeys([*exams, *(image.exam_id for image in picked)]))
    _check_exams(session, scope, all_exams)
    _check_images(session, scope, picked)
    paths = dict.fromkeys(unicodedata.normalize("NFC", path) for path in files)
    return Attached(all_exams, picked, [drive.file_at(session, scope, path) for path in paths])


def attach(session: Session, request: Request, attached: Attached) -> None:
    """Write down what the request brings along; the request itself is in the database already."""
    owner = {"facility_id": request.facility_id, "request_id": request.id}
    session.add_all(RequestExam(**owner, exam_id=exam_id) for exam_id in attached.exams)
    session.add_all(
        RequestImage(**owner, exam_id=image.exam_id, name=image.name, position=position, marks=image.marks)
        for position, image in enumerate(attached.images)
    )
    session.add_all(
        RequestFile(**owner, file_id=file.id, path=file.path, version=file.version) for file in attached.files
    )


def ids_of(session: Session, facility_id: str, request_id: str) -> tuple[list[str], list[str]]:
    """The ids of the exams and of the files that the request brings along: what a department is let to read."""
    of_exams = select(RequestExam.exam_id).where(
        RequestExam.facility_id == facility_id, RequestExam.request_id == request_id
    )
    of_files = select(RequestFile.file_id).where(
        RequestFile.facility_id == facility_id, RequestFile.request_id == request_id
    )
    return list(session.scalars(of_exams)), list(session.scalars(of_files))


def _picked(image: Mapping[str, Any], field: str) -> Picked:
    for name in image.keys() - {"exam", "name", "marks"}:
        raise Invalid("unknown", field=f"{field}.{name}")
    for name in ("exam", "name"):
        if not isinstance(image.get(name), str):
            raise Invalid("missing", field=f"{field}.{name}")
    name = unicodedata.normalize("NFC", image["name"])
    return Picked(image["exam"], name, marks.checked(image.get("marks") or (), f"{field}.marks"))


def _check_exams(session: Session, scope: Scope, exams: Sequence[str]) -> None:
    if not exams:
        return
    statement = scoped(select(Exam.id), scope, Exam).where(Exam.id.in_(exams), Exam.state.not_in(GONE))
    if len(list(session.scalars(statement))) < len(exams):
        raise NotFound("exam")


def _check_images(session: Session, scope: Scope, images: Sequence[Picked]) -> None:
    if not images:
        return
    statement = scoped(select(ExamImage.exam_id, ExamImage.name), scope, ExamImage)
    statement = statement.where(
        ExamImage.exam_id.in_({image.exam_id for image in images}),
        ExamImage.name.in_({image.name for image in images}),
    )
    held = set(session.execute(statement).all())
    if not {(image.exam_id, image.name) for image in images} <= held:
        raise NotFound("image")
