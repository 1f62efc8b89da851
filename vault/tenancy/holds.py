"""Legal holds: while one stands, nothing of the area, patient or exam it names is deleted, collected or erased."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Role, Scope, get_for, scoped
from vault.tenancy.models import LegalHold

LONGEST_REASON = 2000


class HoldKind(StrEnum):
    """What a hold is on."""

    AREA = "area"
    PATIENT = "patient"
    EXAM = "exam"


def place(session: Session, scope: Scope, kind: HoldKind, reason: str, *, subject: str = "") -> LegalHold:
    """
    Place a hold in the area that the administrator's scope is narrowed to; `subject` is the patient's or exam's id.

    Two holds on one thing stand each for itself. Raises Invalid without a reason, or a subject where one is needed.
    """
    scope.require(Role.ADMIN, Role.SYSTEM)
    subject = subject.strip()
    if (kind is HoldKind.AREA) == bool(subject) or len(subject) > 64:
        raise Invalid("hold_subject", field="subject")
    held = LegalHold(
        facility_id=scope.area,
        kind=kind.value,
        subject=subject,
        reason=checked_reason(reason),
        placed_at=clock.now(),
        placed_by=scope.login,
    )
    session.add(held)
    session.flush()
    audit.record(session, scope, "hold.placed", why=held.reason, items=[f"hold:{held.id}"])
    return held


def lift(session: Session, scope: Scope, hold_id: str, reason: str) -> LegalHold:
    """Lift a hold, with the reason; NotFound where the area has none of that id, Conflict for one that is lifted."""
    scope.require(Role.ADMIN, Role.SYSTEM)
    held = get_for(session, scope, LegalHold, hold_id, lock=True)
    if held.lifted_at is not None:
        raise Conflict("hold_lifted")
    held.lifted_at, held.lifted_by, held.lift_reason = clock.now(), scope.login, checked_reason(reason)
    session.flush()
    audit.record(session, scope, "hold.lifted", why=held.lift_reason, items=[f"hold:{held.id}"])
    return held


def of_area(session: Session, scope: Scope) -> Sequence[LegalHold]:
    """Every hold that ever stood in the scope's area: those that stand first, then the newest."""
    statement = scoped(select(LegalHold), scope, LegalHold)
    return session.scalars(statement.order_by(LegalHold.lifted_at.is_not(None), LegalHold.placed_at.desc())).all()


def standing_everywhere(session: Session, scope: Scope) -> Sequence[LegalHold]:
    """Every hold that stands, in whatever area, the newest first: for the provider's administrator."""
    scope.require(Role.ADMIN)
    standing = select(LegalHold).where(LegalHold.lifted_at.is_(None))
    return session.scalars(standing.order_by(LegalHold.placed_at.desc())).all()


def on_area(session: Session, facility_id: str) -> datetime | None:
    """Since when the whole area is held; None if it is not."""
    return _since(session, facility_id, _of(HoldKind.AREA))


def on_anything(session: Session, facility_id: str) -> datetime | None:
    """Since when something of the area is held: the whole of it cannot be erased then."""
    return _since(session, facility_id)


def on_exam(session: Session, facility_id: str, *, exam_id: str, patient_id: str) -> datetime | None:
    """Since when the exam is held: by itself, with its patient or with the whole area."""
    mine = or_(_of(HoldKind.AREA), _of(HoldKind.PATIENT, patient_id), _of(HoldKind.EXAM, exam_id))
    return _since(session, facility_id, mine)


def require_no_hold(since: datetime | None) -> None:
    """Conflict (`held`, with `since`) where a hold stands."""
    if since is not None:
        raise Conflict("held", since=since.isoformat(timespec="seconds"))


def checked_reason(reason: str) -> str:
    """A reason as it is kept; Invalid for none or one longer than 2,000 characters."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid("reason_missing", field="reason", limit=LONGEST_REASON)
    return reason


def _of(kind: HoldKind, subject: str = "") -> ColumnElement[bool]:
    return and_(LegalHold.kind == kind.value, LegalHold.subject == subject)


def _since(session: Session, facility_id: str, *conditions: ColumnElement[bool]) -> datetime | None:
    standing = select(LegalHold.placed_at).where(LegalHold.facility_id == facility_id, LegalHold.lifted_at.is_(None))
    return session.scalar(standing.where(*conditions).order_by(LegalHold.placed_at).limit(1))
