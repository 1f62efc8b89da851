"""What people are told and have yet to read: as whom they are told things, and how far each has read."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from vault.base import notices
from vault.base.database import insert_if_absent
from vault.base.notices import Notice
from vault.base.scope import Role, Scope
from vault.tenancy.models import NoticeMark

MOST_COUNTED = 99


def audiences(scope: Scope) -> frozenset[str]:
    """Whom the caller listens as."""
    found = {f"department:{id_}" for id_ in scope.departments}
    if scope.person_id:
        found.add(f"person:{scope.person_id}")
    if scope.is_provider:
        found.add(f"role:{scope.role.value}")
    if scope.facility_id and scope.role is not Role.PATIENT:
        found.add(f"facility:{scope.facility_id}")
    if scope.facility_id and scope.role is Role.FACILITY_ADMIN:
        found.add(f"facility-admin:{scope.facility_id}")
    return frozenset(found)


def listed(
    session: Session, scope: Scope, kinds: Collection[str], *, before: int | None = None, limit: int
) -> list[Notice]:
    """Notices of these kinds for the caller, the newest first; `before` is the number of the last one seen."""
    mine = select(Notice).where(_mine(scope, kinds))
    if before is not None:
        mine = mine.where(Notice.number < before)
    return list(session.scalars(mine.order_by(Notice.number.desc()).limit(limit)))


def unread(session: Session, scope: Scope, kinds: Collection[str]) -> int:
    """How many of them the caller has not marked as read; counted up to 99."""
    mine = select(Notice.number).where(_mine(scope, kinds), Notice.number > read_upto(session, scope))
    return session.scalar(select(func.count()).select_from(mine.limit(MOST_COUNTED).subquery())) or 0


def read_upto(session: Session, scope: Scope) -> int:
    """The number of the newest notice that the caller has marked as read; 0 before the first."""
    mine = select(NoticeMark.upto).where(NoticeMark.person_id == scope.person_id)
    return session.scalar(mine) or 0


def mark_read(session: Session, scope: Scope, upto: int) -> None:
    """Everything up to that number is read, for this person alone; never fewer than before, nor what is yet to come."""
    upto = min(upto, notices.latest(session))
    insert_if_absent(session, NoticeMark, person_id=scope.person_id, upto=0)
    mine = update(NoticeMark).where(NoticeMark.person_id == scope.person_id, NoticeMark.upto < upto)
    session.execute(mine.values(upto=upto))


def _mine(scope: Scope, kinds: Collection[str]) -> ColumnElement[bool]:
    return and_(Notice.audience.in_(sorted(audiences(scope))), Notice.kind.in_(sorted(kinds)))
