"""Thumbnails of an exam: made in the limited process, kept in the store as derived blobs."""

import io
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vault.base.database import insert_if_absent
from vault.base.errors import Damaged
from vault.base.jobs import Context
from vault.base.scope import Scope, scoped
from vault.exams.models import ExamImage, Thumbnail
from vault.exams.workshop import Outcome, Workshop
from vault.store import queries as blobs
from vault.store import service as blob_rows
from vault.store.models import DERIVED
from vault.store.packs import Deposit, Stored
from vault.store.records import Blob
from vault.store.store import Store

LARGEST_BYTES = 64 * 2**20
_BATCH = 20


@dataclass(frozen=True)
class _Task:
    """One image to be made small; `declared` when it says to be an image."""

    image_id: str
    declared: bool
    blob: Blob


@dataclass(frozen=True)
class _Done:
    task: _Task
    outcome: Outcome
    stored: tuple[Stored, ...]


def make_for_exam(context: Context, store: Store, scope: Scope, exam_id: str) -> dict[str, int]:
    """Make what is missing of an exam's thumbnails, some images a transaction; counts what was `made` and `broken`."""
    with context.database.read() as session:
        tasks = _tasks(session, store, scope, exam_id)
        area = store.area(session, scope)
    counts = {"made": 0, "broken": 0}
    with Workshop() as workshop:
        for start in range(0, len(tasks), _BATCH):
            with store.deposit(area) as deposit:
                done = [one for task in tasks[start : start + _BATCH] if (one := _make(workshop, deposit, task))]
                stored = deposit.finish()
            with context.transaction() as session:
                blob_rows.register(session, scope.area, stored, kind=DERIVED)
                for one in done:
                    _record(session, scope, one)
            counts["made"] += sum(bool(one.stored) for one in done)
            counts["broken"] += sum(_is_broken(one) for one in done)
            context.progress(min(start + _BATCH, len(tasks)), len(tasks))
    return counts


def _tasks(session: Session, store: Store, scope: Scope, exam_id: str) -> list[_Task]:
    area = store.area(session, scope)
    made = select(Thumbnail.image_id).where(Thumbnail.facility_id == scope.area)
    statement = scoped(select(ExamImage), scope, ExamImage).where(
        ExamImage.exam_id == exam_id,
        ExamImage.broken.is_(False),
        ExamImage.size <= LARGEST_BYTES,
        ExamImage.id.not_in(made),
    )
    return [
        _Task(image.id, _declared(image), store.blob(area, blobs.blob(session, scope, image.sha256)))
        for image in session.scalars(statement.order_by(ExamImage.position))
        if _declared(image) or image.media_type == "application/octet-stream"
    ]


def _declared(image: ExamImage) -> bool:
    return image.media_type.startswith("image/")


def _make(workshop: Workshop, deposit: Deposit, task: _Task) -> _Done | None:
    """Thumbnails of one image; None where its bytes are damaged, which the store has reported."""
    try:
        content = task.blob.read()
    except Damaged:
        return None
    outcome = workshop.make(content)
    stored = tuple(deposit.add(io.BytesIO(one.content), size=len(one.content)) for one in outcome.thumbnails)
    return _Done(task, outcome, stored)


def _is_broken(done: _Done) -> bool:
    return done.outcome.error == "broken" or (done.outcome.error == "unknown" and done.task.declared)


def _record(session: Session, scope: Scope, done: _Done) -> None:
    image = update(ExamImage).where(ExamImage.id == done.task.image_id, ExamImage.facility_id == scope.area)
    found = {"width": done.outcome.width, "height": done.outcome.height, "broken": _is_broken(done)}
    session.execute(image.values(**found))
    for small, stored in zip(done.outcome.thumbnails, done.stored, strict=True):
        insert_if_absent(
            session,
            Thumbnail,
            facility_id=scope.area,
            image_id=done.task.image_id,
            edge=small.edge,
            sha256=stored.digest,
            width=small.width,
            height=small.height,
        )
