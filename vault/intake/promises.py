"""What an exam still needs: digests that are missing, and the room that is promised for them until they are held."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.errors import Invalid
from vault.base.scope import Scope, scoped
from vault.exams import queries as exams
from vault.exams.models import Exam, ExamImage, ExamState
from vault.store import queries as blobs
from vault.tenancy import capacity
from vault.tenancy.models import Reservation


def subject_of(exam: Exam) -> str:
    """Under what name room is promised to an exam."""
    return f"exam:{exam.id}"


def missing_of(images: Iterable[ExamImage], held: Mapping[str, int]) -> list[str]:
    """Digests of `images` that are not among `held`, each once, in the order of the images."""
    return list(dict.fromkeys(image.sha256 for image in images if image.sha256 not in held))


def keep(session: Session, scope: Scope, exam: Exam) -> list[str]:
    """
    Promise what the exam's missing bytes need beyond what is promised already; returns the missing digests.

    Raises OverCapacity, and Invalid where one digest is announced with two sizes or another than is held.
    """
    if exam.state != ExamState.RECEIVING:
        return []
    missing, short = needed(session, scope, exam)
    if short > 0:
        capacity.reserve(session, scope.area, subject_of(exam), short, target_id=exam.target_id)
    return missing


def needed(session: Session, scope: Scope, exam: Exam) -> tuple[list[str], int]:
    """(missing digests, bytes for them that are not promised yet)."""
    images = exams.images_of(session, scope, exam.id)
    held = blobs.held(session, scope, [image.sha256 for image in images])
    sizes = dict(held)
    for image in images:
        if sizes.setdefault(image.sha256, image.size) != image.size:
            raise Invalid("size_differs", field=f"images.{image.position}.size")
    missing = missing_of(images, held)
    return missing, sum(sizes[digest] for digest in missing) - promised(session, scope, exam)


def promised(session: Session, scope: Scope, exam: Exam) -> int:
    """Bytes that are promised to the exam now."""
    statement = scoped(select(Reservation.size), scope, Reservation)
    return session.scalar(statement.where(Reservation.subject == subject_of(exam))) or 0


def settle(session: Session, exam: Exam, size: int) -> None:
    """`size` promised bytes are durable and count as used."""
    if size:
        capacity.settle(session, subject_of(exam), size)


def release(session: Session, exam: Exam) -> None:
    """Give back what the exam did not need after all."""
    capacity.release(session, subject_of(exam))
