"""What is asked of exams: lists, one with its images, the bytes of an image or of a whole exam."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vault.base import paging
from vault.base.errors import Damaged, Gone, NotFound
from vault.base.paging import Page
from vault.base.scope import Scope, get_for, scoped
from vault.exams.models import GONE, Exam, ExamImage, ExamState, Thumbnail
from vault.exams.names import folded
from vault.store import queries as blobs
from vault.store.records import Blob
from vault.store.store import Store


@dataclass(frozen=True)
class ExamRow:
    """An exam in a list; `size` is that of its images in bytes, `cover` the name of the first."""

    id: str
    patient_id: str
    performed_at: datetime
    kind: str
    note: str
    scope_model: str | None
    scope_serial: str | None
    state: str
    held_at: datetime | None
    images: int
    size: int
    cover: str | None


@dataclass(frozen=True)
class ExamPage:
    """One exam with its images in their order, and the edges (pixels) of the thumbnails each has, by image id."""

    exam: Exam
    images: Sequence[ExamImage]
    thumbnails: dict[str, list[int]]


def list_exams(
    session: Session,
    scope: Scope,
    *,
    patient_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str | None = None,
    limit: int = paging.LIMIT,
) -> Page[ExamRow]:
    """Exams of the caller's area performed from `since` until before `until`, newest first; three statements."""
    statement = scoped(select(Exam), scope, Exam).where(Exam.state.not_in(GONE))
    if patient_id is not None:
        statement = statement.where(Exam.patient_id == patient_id)
    if since is not None:
        statement = statement.where(Exam.performed_at >= since)
    if until is not None:
        statement = statement.where(Exam.performed_at < until)
    page = paging.rows(session, statement, Exam.performed_at, Exam.id, after=after, limit=limit)
    return Page(_rows(session, scope, page.items), page.next)


def exam(session: Session, scope: Scope, exam_id: str) -> Exam:
    """One exam of the caller's area, or NotFound; Gone (with `at`) once it was deleted."""
    found = get_for(session, scope, Exam, exam_id)
    require_there(found)
    return found


def require_there(exam: Exam) -> None:
    """Gone (`exam_deleted`, `exam_removed`, with `at`) for an exam that was deleted."""
    at = exam.removed_at or exam.deleted_at
    if exam.state in GONE and at is not None:
        raise Gone(f"exam_{exam.state}", at=at.isoformat(timespec="seconds"))


def exam_page(session: Session, scope: Scope, exam_id: str) -> ExamPage:
    """One exam of the caller's area with its images, or NotFound; three statements."""
    found = exam(session, scope, exam_id)
    images = images_of(session, scope, exam_id)
    columns = select(Thumbnail.image_id, Thumbnail.edge).join(ExamImage, ExamImage.id == Thumbnail.image_id)
    made = scoped(columns, scope, ExamImage).where(ExamImage.exam_id == exam_id)
    thumbnails: dict[str, list[int]] = {}
    for image_id, edge in session.execute(made.order_by(ExamImage.position, Thumbnail.edge)):
        thumbnails.setdefault(image_id, []).append(edge)
    return ExamPage(found, images, thumbnails)


def images_of(session: Session, scope: Scope, exam_id: str) -> list[ExamImage]:
    """The images of an exam of the caller's area, in their order."""
    statement = scoped(select(ExamImage), scope, ExamImage).where(ExamImage.exam_id == exam_id)
    return list(session.scalars(statement.order_by(ExamImage.position)))


def image(session: Session, scope: Scope, exam_id: str, name: str) -> ExamImage:
    """One image of an exam of the caller's area by its name, or NotFound; Gone with its exam."""
    require_there(get_for(session, scope, Exam, exam_id))
    # By the folded name too, as that is what the index of an exam's images holds.
    by_name = (ExamImage.exam_id == exam_id, ExamImage.folded_name == folded(name), ExamImage.name == name)
    found = session.scalar(scoped(select(ExamImage), scope, ExamImage).where(*by_name))
    if found is None:
        raise NotFound("image")
    return found


def open_image(session: Session, scope: Scope, store: Store, image: ExamImage) -> Blob:
    """
    The bytes of an image: `size`, `digest` (its strong ETag), `read_range(start, end)`.

    NotFound while they have not arrived; Damaged where they are lost of an exam that is held. Reading goes on after
    the session ended.
    """
    area = store.area(session, scope)
    try:
        return store.blob(area, blobs.blob(session, scope, image.sha256))
    except NotFound:
        if not _is_held(session, scope, image.exam_id):
            raise
        return store.blob(area, blobs.kept(session, scope, image.sha256))


def open_thumbnail(session: Session, scope: Scope, store: Store, image: ExamImage, edge: int) -> Blob:
    """The JPEG of `image` that fits `edge` pixels (320 or 1280), or NotFound while there is none."""
    statement = scoped(select(Thumbnail.sha256), scope, Thumbnail)
    digest = session.scalar(statement.where(Thumbnail.image_id == image.id, Thumbnail.edge == edge))
    if digest is None:
        raise NotFound("thumbnail")
    return store.blob(store.area(session, scope), blobs.blob(session, scope, digest))


def open_images(session: Session, scope: Scope, store: Store, exam_id: str) -> list[tuple[ExamImage, Blob]]:
    """
    Every image of an exam that has arrived, with its bytes; one statement for all blobs. Damaged, by its digest, where
    an exam that is held has lost one: nobody is given a part of it for the whole.
    """
    images = images_of(session, scope, exam_id)
    area = store.area(session, scope)
    rows = blobs.blobs(session, scope, [one.sha256 for one in images])
    lost = next((one.sha256 for one in images if one.sha256 not in rows), None)
    if lost is not None and _is_held(session, scope, exam_id):
        raise Damaged(digest=lost)
    return [(one, store.blob(area, rows[one.sha256])) for one in images if one.sha256 in rows]


def _is_held(session: Session, scope: Scope, exam_id: str) -> bool:
    return get_for(session, scope, Exam, exam_id).held_at is not None


def count_exams(session: Session, scope: Scope) -> int:
    """How many exams the caller's area holds."""
    statement = scoped(select(func.count()).select_from(Exam), scope, Exam)
    return session.scalar(statement.where(Exam.state == ExamState.HELD)) or 0


def _rows(session: Session, scope: Scope, exams: Sequence[Exam]) -> list[ExamRow]:
    counted = scoped(select(ExamImage.exam_id, func.count(), func.sum(ExamImage.size)), scope, ExamImage).group_by(
        ExamImage.exam_id
    )
    first = scoped(select(ExamImage.exam_id, ExamImage.name), scope, ExamImage).where(ExamImage.position == 0)
    ids = [one.id for one in exams]
    counts = {row[0]: (row[1], int(row[2])) for row in session.execute(counted.where(ExamImage.exam_id.in_(ids)))}
    covers = dict(session.execute(first.where(ExamImage.exam_id.in_(ids))).all())
    return [_row(one, *counts.get(one.id, (0, 0)), covers.get(one.id)) for one in exams]


def _row(exam: Exam, images: int, size: int, cover: str | None) -> ExamRow:
    return ExamRow(
        id=exam.id,
        patient_id=exam.patient_id,
        performed_at=exam.performed_at,
        kind=exam.kind,
        note=exam.note,
        scope_model=exam.scope_model,
        scope_serial=exam.scope_serial,
        state=exam.state,
        held_at=exam.held_at,
        images=images,
        size=size,
        cover=cover,
    )
