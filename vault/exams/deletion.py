"""Deleting exams: out of sight at once, brought back within the grace, and then gone but for a row and the receipt."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import Conflict, Gone
from vault.base.faults import Point, point
from vault.base.outbox import publish
from vault.base.scope import Role, Scope, get_for, scoped
from vault.base.settings import Retention
from vault.contracts import retention
from vault.exams.events import ExamDeleted, ExamRemoved, ExamUndeleted
from vault.exams.models import Exam, ExamImage, ExamState, Thumbnail
from vault.exams.queries import require_there
from vault.tenancy import capacity, facilities, holds

SHOWN = 200


def delete(session: Session, scope: Scope, policy: Retention, exam_id: str) -> Exam:
    """
    Take an exam out of sight; it can be brought back for `grace_days`.

    Raises Conflict where it is kept: `held` (with `since`) under a legal hold, `retained` (with `until`) by law or
    contract. An exam that never was complete is kept by neither. Gone for one that was deleted already.
    """
    scope.require(Role.STAFF, Role.FACILITY_ADMIN)
    exam = get_for(session, scope, Exam, exam_id, lock=True)
    require_there(exam)
    require_deletable(session, scope, policy, exam)
    exam.state, exam.deleted_at, exam.deleted_by = ExamState.DELETED.value, clock.now(), scope.login
    capacity.release(session, f"exam:{exam.id}")
    session.flush()
    audit.record(session, scope, "exam.deleted", items=[f"exam:{exam.id}"])
    publish(session, ExamDeleted(exam.facility_id, exam.id))
    return exam


def undelete(session: Session, scope: Scope, exam_id: str) -> Exam:
    """Bring an exam back as it was; one that is there stays. Gone (`exam_removed`) after the grace."""
    scope.require(Role.STAFF, Role.FACILITY_ADMIN)
    exam = get_for(session, scope, Exam, exam_id, lock=True)
    if exam.state == ExamState.REMOVED and exam.removed_at is not None:
        raise Gone("exam_removed", at=exam.removed_at.isoformat(timespec="seconds"))
    if exam.state == ExamState.DELETED:
        exam.state = (ExamState.HELD if exam.held_at else ExamState.RECEIVING).value
        exam.deleted_at = exam.deleted_by = None
        session.flush()
        audit.record(session, scope, "exam.undeleted", items=[f"exam:{exam.id}"])
        publish(session, ExamUndeleted(exam.facility_id, exam.id))
    return exam


def gone_after(policy: Retention, exam: Exam) -> datetime:
    """Until when a deleted exam can be brought back."""
    return (exam.deleted_at or clock.now()) + timedelta(days=policy.grace_days)


def list_deleted(session: Session, scope: Scope) -> Sequence[Exam]:
    """The exams of the caller's area that can be brought back, the last deleted first."""
    statement = scoped(select(Exam), scope, Exam).where(Exam.state == ExamState.DELETED)
    return session.scalars(statement.order_by(Exam.deleted_at.desc(), Exam.id).limit(SHOWN)).all()


def require_deletable(session: Session, scope: Scope, policy: Retention, exam: Exam) -> None:
    """Raise Conflict (`held`, `retained`) where a hold, law or contract keeps the exam."""
    holds.require_no_hold(holds.on_exam(session, scope.area, exam_id=exam.id, patient_id=exam.patient_id))
    if exam.held_at is None:
        return
    zone = facilities.of(session, scope).zone
    types = scoped(select(ExamImage.media_type), scope, ExamImage).where(ExamImage.exam_id == exam.id)
    kinds = {retention.kind_of(media_type) for media_type in session.scalars(types.distinct())}
    performed = exam.performed_at.astimezone(ZoneInfo(zone)).date()
    until = retention.kept_until(session, scope, kinds, exam.target_id, performed, by_law=policy.exam_years)
    if until is not None and clock.today(zone) < until:
        raise Conflict("retained", until=until.isoformat())


def remove_expired(
    transaction: Callable[[], AbstractContextManager[Session]],
    policy: Retention,
    on_removed: Callable[[Session, str, str], None],
) -> int:
    """
    Remove what was deleted longer than the grace ago, one exam a transaction, held ones left; returns how many.

    `on_removed` is told each (facility id, exam id) within its transaction.
    """
    count, after = 0, ""
    while True:
        with transaction() as session:
            exam = _next_expired(session, policy, after)
            if exam is None:
                return count
            after = exam.id
            if _removed(session, exam):
                on_removed(session, exam.facility_id, exam.id)
                count += 1
        point(Point.EXAM_REMOVED)


def _next_expired(session: Session, policy: Retention, after: str) -> Exam | None:
    expired = select(Exam).where(
        Exam.state == ExamState.DELETED,
        Exam.deleted_at < clock.now() - timedelta(days=policy.grace_days),
        Exam.id > after,
    )
    return session.scalar(expired.order_by(Exam.id).limit(1).with_for_update())


def _removed(session: Session, exam: Exam) -> bool:
    """Whether the exam is gone with this transaction: a hold that was placed meanwhile keeps it."""
    scope = Scope.system(exam.facility_id)
    if holds.on_exam(session, exam.facility_id, exam_id=exam.id, patient_id=exam.patient_id) is not None:
        return False
    forget(session, exam)
    audit.record(session, scope, "exam.removed", items=[f"exam:{exam.id}"])
    publish(session, ExamRemoved(exam.facility_id, exam.id))
    return True


def forget(session: Session, exam: Exam) -> None:
    """Leave of an exam its row alone, without what names it to a device: announced again, it is another exam."""
    images = select(ExamImage.id).where(ExamImage.facility_id == exam.facility_id, ExamImage.exam_id == exam.id)
    session.execute(delete_rows(Thumbnail).where(Thumbnail.image_id.in_(images)))
    session.execute(
        delete_rows(ExamImage).where(ExamImage.facility_id == exam.facility_id, ExamImage.exam_id == exam.id)
    )
    exam.state, exam.removed_at = ExamState.REMOVED.value, clock.now()
    exam.deleted_at = exam.deleted_at or exam.removed_at
    exam.manifest = exam.key = None
    exam.note = ""
    session.flush()
