"""What an exam still needs: digests that are missing, and the room that is promised for them until they are held."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.errors import Invalid
from vault.base.scope import Scope, scoped
from vault.exams.models import Exam, ExamImage, ExamState
from vault.store import queries as blobs
from vault.tenancy import capacity
from vault.tenancy.models import Reservation


def subject_of(exam: Exam) -> str:
    """Under what name room is promised to an exam."""
    return _subject(exam.id)


def _subject(exam_id: str) -> str:
    return f"exam:{exam_id}"


class Listed(NamedTuple):
    """An image as manifests and receipts list it; `size` in bytes."""

    name: str
    sha256: str
    size: int


def listed(session: Session, scope: Scope, exam_id: str) -> list[Listed]:
    """The images of an exam of the caller's area in their order; columns alone, as every exam comes by here often."""
    return listed_of(session, scope, [exam_id])[exam_id]


def listed_of(session: Session, scope: Scope, exam_ids: Sequence[str]) -> dict[str, list[Listed]]:
    """As `listed`, of several exams by their ids."""
    columns = select(ExamImage.exam_id, ExamImage.name, ExamImage.sha256, ExamImage.size)
    statement = scoped(columns, scope, ExamImage).where(ExamImage.exam_id.in_(exam_ids))
    found: dict[str, list[Listed]] = {exam_id: [] for exam_id in exam_ids}
    for exam_id, name, sha256, size in session.execute(statement.order_by(ExamImage.exam_id, ExamImage.position)):
        found[exam_id].append(Listed(name, sha256, size))
    return found


def missing_of(images: Iterable[Listed], held: Mapping[str, int]) -> list[str]:
    """Digests of `images` that are not among `held`, each once, in the order of the images."""
    return list(dict.fromkeys(image.sha256 for image in images if image.sha256 not in held))


@dataclass(frozen=True)
class Need:
    """Size in bytes of every digest the exam names; those that are missing; bytes for them not promised yet."""

    sizes: dict[str, int]
    missing: list[str]
    short: int


def keep(session: Session, scope: Scope, exam: Exam) -> list[str]:
    """
    Promise what the exam's missing bytes need beyond what is promised already; returns the missing digests.

    What a held exam misses was damaged since: it may come again into the room that it has. Raises OverCapacity, and
    Invalid where one digest is announced with two sizes or another than is held.
    """
    need = needed(session, scope, exam)
    if need.short > 0 and exam.state == ExamState.RECEIVING:
        capacity.reserve(session, scope.area, subject_of(exam), need.short, target_id=exam.target_id)
    return need.missing


def keep_new(
    session: Session, scope: Scope, target_id: str, exams: Mapping[str, Sequence[Listed]]
) -> dict[str, list[str]]:
    """As `keep`, for exams made in this transaction for one target: nothing is promised to them yet. By their ids."""
    needs = _needs(session, scope, exams)
    short = {_subject(exam_id): need.short for exam_id, need in needs.items() if need.short > 0}
    if short:
        capacity.reserve_all(session, scope.area, short, target_id=target_id)
    return {exam_id: need.missing for exam_id, need in needs.items()}


def needed(session: Session, scope: Scope, exam: Exam) -> Need:
    """What the exam needs now; Invalid for a digest with two sizes."""
    return needed_by(session, scope, [exam])[exam.id]


def needed_by(session: Session, scope: Scope, exams: Sequence[Exam]) -> dict[str, Need]:
    """What each exam needs now, by its id; Invalid for a digest with two sizes."""
    needs = _needs(session, scope, listed_of(session, scope, [exam.id for exam in exams]))
    given = promised(session, scope, exams)
    return {exam_id: replace(need, short=need.short - given[exam_id]) for exam_id, need in needs.items()}


def _needs(session: Session, scope: Scope, exams: Mapping[str, Sequence[Listed]]) -> dict[str, Need]:
    """What each exam's images need while nothing is promised for them; what was damaged has its room already."""
    digests = {image.sha256 for images in exams.values() for image in images}
    held = blobs.held(session, scope, digests)
    damaged = blobs.damaged(session, scope, digests - held.keys())
    sizes = held | damaged
    found = {}
    for exam_id, images in exams.items():
        for place, image in enumerate(images):
            if sizes.setdefault(image.sha256, image.size) != image.size:
                raise Invalid("size_differs", field=f"images.{place}.size")
        missing = missing_of(images, held)
        short = sum(sizes[digest] for digest in missing if digest not in damaged)
        found[exam_id] = Need({image.sha256: image.size for image in images}, missing, short)
    return found


def promised(session: Session, scope: Scope, exams: Sequence[Exam]) -> dict[str, int]:
    """Bytes that are promised to each exam now, by its id."""
    subjects = {subject_of(exam): exam.id for exam in exams}
    statement = scoped(select(Reservation.subject, Reservation.size), scope, Reservation)
    found = {exam.id: 0 for exam in exams}
    for subject, size in session.execute(statement.where(Reservation.subject.in_(subjects))):
        found[subjects[subject]] = size
    return found


def settle_all(session: Session, sizes: Mapping[str, int], *, last: Collection[str]) -> None:
    """
    So many promised bytes of each exam (by its id) are durable and count as used; the rest of what was promised to
    those in `last` is given back.
    """
    touched = {_subject(exam_id): sizes.get(exam_id, 0) for exam_id in {*sizes, *last}}
    if touched:
        capacity.settle_all(session, touched, last={_subject(exam_id) for exam_id in last})


def settle(session: Session, exam: Exam, size: int) -> None:
    """`size` promised bytes are durable and count as used."""
    if size:
        capacity.settle(session, subject_of(exam), size)


def release(session: Session, exam: Exam) -> None:
    """Give back what the exam did not need after all."""
    capacity.release(session, subject_of(exam))
