"""`GET /area`: how large the area is and what it holds."""

from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from portal import transactions
from portal.api.v1.base import bp
from portal.guards import FACILITY, requires
from portal.scope import current
from vault.base.scope import scoped
from vault.exams.models import DriveFile, Exam
from vault.tenancy.models import Facility, Space


@bp.get("/area")
@requires(FACILITY)
def area() -> ResponseReturnValue:
    """Bytes and counts of the caller's own area."""
    scope, session = current(), transactions.session()
    facility = session.scalars(select(Facility).where(Facility.id == scope.area)).one()
    space = session.scalars(scoped(select(Space), scope, Space).where(Space.target_id == "")).one()
    files = scoped(select(func.count(DriveFile.id)), scope, DriveFile).where(DriveFile.deleted_at.is_(None))
    return {
        "facility": facility.code,
        "class": facility.service_class,
        "capacity": space.capacity,
        "used": space.used,
        "files": session.scalar(files),
        "exams": session.scalar(scoped(select(func.count(Exam.id)), scope, Exam)),
    }
