"""What the frame of a page shows of its reader: who and where they are, and what waits for them."""

from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import languages, transactions
from portal.pages import told as pages
from portal.scope import Browser
from routing.departments.models import Department
from routing.queue.models import Answer, Assignment
from routing.queue.states import AnswerState, AssignmentState
from vault.base.scope import Role, Scope, scoped
from vault.contracts import everywhere
from vault.tenancy import told
from vault.tenancy.models import Facility, Provider


def me(session: Session, scope: Scope) -> dict[str, object]:
    """The reader for the top bar."""
    user = current_user._get_current_object()
    shared = isinstance(user, Browser) and user.sign_in.row.shared
    return {
        "name": scope.name,
        "login": scope.login,
        "role": scope.role.value,
        "place": _place(session, scope),
        "device": shared,
    }


def counts(session: Session, scope: Scope) -> dict[str, int]:
    """Figures beside the navigation's entries."""
    if scope.is_facility:
        ready = scoped(select(func.count(Answer.id)), scope, Answer).where(
            Answer.state.in_([AnswerState.READY, AnswerState.SHOWN])
        )
        return {"facility.inbox": session.scalar(ready) or 0, **_unread(session, scope)}
    if scope.role in (Role.DEPARTMENT, Role.ADMIN):
        waiting = select(func.count(Assignment.id)).where(
            Assignment.department_id.in_(scope.departments), Assignment.state == AssignmentState.WAITING
        )
        more = {**_unread(session, scope), **_to_sign(session)} if scope.role is Role.ADMIN else {}
        return {"department.queue": session.scalar(waiting) or 0, **more}
    return {}


def _unread(session: Session, scope: Scope) -> dict[str, int]:
    return {"account.notices": told.unread(session, scope, pages.KINDS)}


def _to_sign(session: Session) -> dict[str, int]:
    return {"admin.contracts": everywhere.count_to_sign(session)}


def idle_seconds() -> int:
    """After how long this screen locks; 0 where it is somebody's own."""
    user = current_user._get_current_object()
    if isinstance(user, Browser) and user.sign_in.row.shared:
        return transactions.installation().settings.people.idle_lock_seconds
    return 0


def _place(session: Session, scope: Scope) -> str:
    if scope.facility_id is not None:
        return session.scalar(select(Facility.name).where(Facility.id == scope.facility_id)) or ""
    if scope.role is Role.DEPARTMENT:
        named = Department.name_ja if languages.current() == "ja" else Department.name_en
        names = session.scalars(select(named).where(Department.id.in_(scope.departments)).order_by(Department.code))
        return "、".join(names) if languages.current() == "ja" else ", ".join(names)
    return session.scalar(select(Provider.name)) or str(_("Provider"))
