"""What an exam still needs: digests that are missing, and the room that is promised for them until they are held."""

from collections.abc import Iterable, Mapping, Sequence
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
    return f"exam:{exam.id}"


class Listed(NamedTuple):
    """An image as manifests and receipts list it; `size` in bytes."""

    name: str
    sha256: str
    size: int


def listed(session: Session, scope: Scope, exam_id: str) -> list[Listed]:
    """The images of an exam of the caller's area in their order; columns alone, as every exam comes by here often."""
    columns = select(ExamImage.name, ExamImage.sha256, ExamImage.size)
    statement = scoped(columns, scope, ExamImage).where(ExamImage.exam_id == exam_id)
    return [Listed(*row) for row in session.execute(statement.order_by(ExamImage.position))]


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


def keep_new(session: Session, scope: Scope, exam: Exam, images: Sequence[Listed]) -> list[str]:
    """As `keep`, for an exam made in this transaction: its images are known, and nothing is promised to it yet."""
    need = _need(session, scope, images)
    if need.short > 0:
        capacity.reserve(session, scope.area, subject_of(exam), need.short, target_id=exam.target_id)
    return need.missing


def needed(session: Session, scope: Scope, exam: Exam) -> Need:
    """What the exam needs now; Invalid for a digest with two sizes."""
    need = _need(session, scope, listed(session, scope, exam.id))
    return replace(need, short=need.short - promised(session, scope, exam))


def _need(session: Session, scope: Scope, images: Sequence[Listed]) -> Need:
    """What `images` need while nothing is promised for them; what was damaged has its room already."""
    held = blobs.held(session, scope, [image.sha256 for image in images])
    damaged = blobs.damaged(session, scope, {image.sha256 for image in images} - held.keys())
    sizes = held | damaged
    for place, image in enumerate(images):
        if sizes.setdefault(image.sha256, image.size) != image.size:
            raise Invalid("size_differs", field=f"images.{place}.size")
    missing = missing_of(images, held)
    return Need(sizes, missing, sum(sizes[digest] for digest in missing if digest not in damaged))


def promised(session: Session, scope: Scope, exam: Exam) -> int:
    """Bytes that are promised to the exam now."""
    statement = scoped(select(Reservation.size), scope, Reservation)
    return session.scalar(statement.where(Reservation.subject == subject_of(exam))) or 0


def settle(session: Session, exam: Exam, size: int, *, last: bool = False) -> None:
    """`size` promised bytes are durable and count as used; with `last` the rest of the promise is given back."""
    if size or last:
        capacity.settle(session, subject_of(exam), size, last=last)


def release(session: Session, exam: Exam) -> None:
    """Give back what the exam did not need after all."""
    capacity.release(session, subject_of(exam))
