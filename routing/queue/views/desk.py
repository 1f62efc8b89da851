"""What a department sees: its queue, and one assignment with everything needed to answer it."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from routing.departments.models import Department
from routing.queue import access, files, looks
from routing.queue.models import Answer, Assignment, Note
from routing.queue.states import AnswerState, AssignmentState
from routing.queue.views import exams, parts
from routing.queue.views.parts import Bytes, View
from routing.requests.models import Request, RequestFile
from vault.base import clock, paging
from vault.base.errors import Invalid, NotFound
from vault.base.paging import Page
from vault.base.scope import Role, Scope, get_for, scoped
from vault.exams.models import DriveFile, DriveVersion
from vault.tenancy.models import Facility


def queue(
    session: Session,
    scope: Scope,
    *,
    department: str | None = None,
    state: str | None = None,
    mine: bool = False,
    latest: bool = False,
    after: str | None = None,
    limit: int = paging.LIMIT,
) -> Page[View]:
    """
    The caller's departments' assignments, due first on top; without `state` the open ones.

    `department` is a code: NotFound for one that is not the caller's. `mine` keeps what the caller holds; `latest`
    turns the order around.
    """
    scope.require(Role.DEPARTMENT, Role.ADMIN)
    limit = paging.checked(limit)
    place = tuple_(Assignment.due_at, Assignment.id)
    order = [Assignment.due_at.desc(), Assignment.id.desc()] if latest else [Assignment.due_at, Assignment.id]
    statement = _rows(scope).order_by(*order).limit(limit + 1)
    if department is not None:
        statement = statement.where(Assignment.department_id == _own(session, scope, department))
    if state is None:
        statement = statement.where(Assignment.is_open)
    elif state in [*AssignmentState]:
        statement = statement.where(Assignment.state == state)
    else:
        raise Invalid("unknown_state", field="state", value=state)
    if mine:
        statement = statement.where(Assignment.holder_id == scope.person_id)
    if after is not None:
        last = paging.decode(after)
        statement = statement.where(place < last if latest else place > last)
    rows, following = paging.cut(session.execute(statement).all(), limit, lambda row: (row[0].due_at, row[0].id))
    return Page([_view(scope, *row) for row in rows], following)


def row(session: Session, scope: Scope, assignment_id: str) -> View:
    """One assignment as the queue shows it, also when it was just transferred away; NotFound for a stranger's."""
    found = session.execute(_rows(scope).where(Assignment.id == assignment_id)).one_or_none()
    if found is None:
        raise NotFound("assignment")
    return _view(scope, *found)


def standing(session: Session, scope: Scope) -> dict[str, dict[str, int]]:
    """How many open assignments each of the caller's departments has, by code and state."""
    statement = (
        select(Department.code, Assignment.state, func.count(Assignment.id))
        .join(Assignment, (Assignment.department_id == Department.id) & Assignment.is_open, isouter=True)
        .where(Department.id.in_(scope.departments))
        .group_by(Department.code, Assignment.state)
    )
    found: dict[str, dict[str, int]] = {}
    for code, state, count in session.execute(statement):
        found.setdefault(code, {})
        if state is not None:
            found[code][state] = count
    return found


def waiting_in(session: Session, department_id: str) -> int:
    """How many assignments nobody has taken in that department: a count for the provider's administrator."""
    waiting = select(func.count(Assignment.id)).where(Assignment.department_id == department_id)
    return session.scalar(waiting.where(Assignment.state == AssignmentState.WAITING)) or 0


def assignment(session: Session, scope: Scope, assignment_id: str) -> View:
    """
    Everything needed to answer: the request with its exams, marks and files, what was said, and who else has it.

    Opening it is written to the facility's access log: call it in a transaction. NotFound unless granted.
    """
    head = access.granted(session, scope, assignment_id)
    inner = scope.within(head.facility_id)
    request = get_for(session, inner, Request, head.request_id)
    code_of = parts.codes(session)
    paths = parts.paths_of(session, inner, [request.id]).get(request.id, [])
    shown = exams.of_request(session, inner, request.id)
    looks.opened(session, scope, head)
    return {
        **row(session, scope, assignment_id),
        "request": {**_request(session, inner, request), "exams": shown, "files": paths},
        "messages": [
            parts.message(one, code_of) for one in parts.messages_of(session, inner, [request.id]).get(request.id, [])
        ],
        "events": [parts.event(one) for one in parts.events_of(session, inner, [request.id]).get(request.id, [])],
        "notes": [_note(one, code_of) for one in _notes(session, inner, request)],
        "others": _others(session, inner, request, head, code_of),
        "answers": _answers(session, inner, scope, request, code_of),
        "uploads": [parts.file(one) for one in files.unsent(session, head)],
        "viewers": looks.others(session, scope, head),
    }


def assignment_file(session: Session, scope: Scope, assignment_id: str, name: str) -> Bytes:
    """
    Where the bytes of a file lie that the request brings along (`name` is its path) or that was uploaded for it.

    It is the version the facility attached, whatever happened to the path since. NotFound unless granted; the look is
    recorded, so that it takes a transaction.
    """
    head = access.granted(session, scope, assignment_id)
    inner = scope.within(head.facility_id)
    statement = (
        scoped(select(DriveVersion), inner, DriveVersion)
        .join(DriveFile, DriveFile.id == DriveVersion.file_id)
        .join(RequestFile, (RequestFile.file_id == DriveFile.id) & (RequestFile.version == DriveVersion.version))
        .where(RequestFile.request_id == head.request_id, RequestFile.path == name)
    )
    attached = session.scalar(statement)
    if attached is not None:
        looks.opened(session, scope, head)
        return Bytes(head.facility_id, attached.sha256, attached.media_type, name)
    own = files.one_of(files.of_assignment(session, head), name)
    return Bytes(head.facility_id, own.digest, own.media_type, own.name)


def _rows(scope: Scope) -> Select[Assignment, Request, str, str, str]:
    return (
        select(Assignment, Request, Facility.code, Facility.name, Department.code)
        .join(Request, Request.id == Assignment.request_id)
        .join(Facility, Facility.id == Assignment.facility_id)
        .join(Department, Department.id == Assignment.department_id)
        .where(Assignment.department_id.in_(scope.departments))
    )


def _own(session: Session, scope: Scope, code: str) -> str:
    statement = select(Department.id).where(Department.code == code, Department.id.in_(scope.departments))
    found = session.scalar(statement)
    if found is None:
        raise NotFound("department")
    return found


def _view(scope: Scope, found: Assignment, request: Request, facility: str, facility_name: str, code: str) -> View:
    return {
        "id": found.id,
        "request": {
            "id": request.id,
            "subject": request.subject,
            "urgency": request.urgency,
            "facility": facility,
            "facility_name": facility_name,
            "filed_at": request.filed_at,
        },
        "department": code,
        "state": found.state,
        "holder": found.holder,
        "mine": found.holder_id is not None and found.holder_id == scope.person_id,
        "lease_until": found.lease_until,
        "due_at": found.due_at,
        "promise": found.promised_for,
        "clock": _clock(found),
        "probability": found.probability,
        "reasons": found.reasons,
        "created_at": found.created_at,
        "moved_at": found.moved_at,
        "version": found.version,
    }


def _clock(found: Assignment) -> str:
    """The promise is `running`, `soon` once warned of, `late`, `paused` while the facility is asked, or `ended`."""
    if not found.is_open:
        return "ended"
    if found.paused_at is not None:
        return "paused"
    if found.due_at <= clock.now():
        return "late"
    return "running" if found.warn_at is not None else "soon"


def _request(session: Session, scope: Scope, request: Request) -> View:
    facility = session.execute(select(Facility.code, Facility.name).where(Facility.id == request.facility_id)).one()
    return {
        "id": request.id,
        "subject": request.subject,
        "body": request.body,
        "state": request.state,
        "urgency": request.urgency,
        "urgency_reason": request.urgency_reason,
        "channel": request.channel,
        "caller": request.caller,
        "filed_by": request.filed_by,
        "filed_at": request.filed_at,
        "facility": facility.code,
        "facility_name": facility.name,
        "images": [parts.image(one) for one in parts.images_of(session, scope, [request.id]).get(request.id, [])],
    }


def _notes(session: Session, scope: Scope, request: Request) -> Sequence[Note]:
    statement = scoped(select(Note), scope, Note).where(Note.request_id == request.id)
    return session.scalars(statement.order_by(Note.at, Note.id)).all()


def _note(one: Note, code_of: dict[str, str]) -> View:
    return {
        "id": one.id,
        "author": one.author,
        "department": code_of[one.department_id],
        "body": one.body,
        "at": one.at,
    }


def _others(session: Session, scope: Scope, request: Request, head: Assignment, code_of: dict[str, str]) -> list[View]:
    every = parts.assignments_of(session, scope, [request.id]).get(request.id, [])
    return [
        {"department": code_of[one.department_id], "state": one.state, "holder": one.holder}
        for one in every
        if one.id != head.id
    ]


def _answers(session: Session, inner: Scope, scope: Scope, request: Request, code_of: dict[str, str]) -> list[View]:
    """What the caller's departments answered to this request, held and older versions too."""
    statement = scoped(select(Answer), inner, Answer).where(
        Answer.request_id == request.id,
        Answer.department_id.in_(scope.departments),
        Answer.state != AnswerState.TAKEN_BACK,
    )
    rows = list(session.scalars(statement.order_by(Answer.at, Answer.id)))
    of_each = parts.files_of(session, inner, [one.id for one in rows])
    return [{**parts.answer(one, of_each.get(one.id, []), code_of), "ready_at": one.ready_at} for one in rows]
