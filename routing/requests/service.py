"""What changes a request by itself; what needs its departments is in `routing.queue`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.requests import attachments, lifecycle, texts
from routing.requests.attachments import Attached
from routing.requests.events import RequestFiled
from routing.requests.models import NORMAL, URGENT, Rating, Request, RequestEvent
from routing.requests.people import Doer, doer
from routing.requests.states import DONE, RequestState
from vault.base import audit, clock
from vault.base.errors import IllegalMove, Invalid, NotFound
from vault.base.outbox import publish
from vault.base.scope import Role, Scope, get_for
from vault.tenancy.models import Facility

CLOSES_AFTER = timedelta(days=7)
CLOSED_PER_RUN = 200
FACILITY_CHANNELS = ("web", "api")
CALLED_IN = ("phone", "fax", "visit")


@dataclass(frozen=True)
class Filed:
    """A request that was filed, with all there is of it so far, so that nobody has to read it again to show it."""

    request: Request
    attached: Attached
    event: RequestEvent


def file(
    session: Session,
    scope: Scope,
    *,
    subject: str,
    body: str,
    exams: Sequence[str] = (),
    images: Sequence[Mapping[str, Any]] = (),
    files: Sequence[str] = (),
    urgency: str = NORMAL,
    urgency_reason: str = "",
    person: str | None = None,
    facility_id: str | None = None,
    channel: str = "api",
    caller: str = "",
) -> Filed:
    """
    File a request; the sweep takes it from here.

    `images` are `{"exam", "name", "marks"?}`, `files` paths of the drive. A department files for the facility
    `facility_id` that called, with `channel` phone, fax or visit and `caller`, without exams. Raises Invalid naming the
    field, TooLarge for a text beyond 200 kB, NotFound for an exam, image, file or facility that is not the caller's.
    """
    if urgency not in (NORMAL, URGENT):
        raise Invalid(field="urgency")
    request = Request(
        subject=texts.line(subject, field="subject"),
        body=texts.body(body, required=False),
        state=RequestState.FILED.value,
        urgency=urgency,
        urgency_reason=texts.line(urgency_reason, field="urgency_reason", required=False),
        filed_at=clock.now(),
        moved_at=clock.now(),
        version=1,
        import_key=None,
    )
    if scope.is_facility:
        _by_facility(request, scope, doer(session, scope, person), channel, facility_id, caller)
    else:
        _for_caller(session, request, scope, facility_id, channel, caller)
    scope = scope.within(request.facility_id)
    attached = attachments.found(session, scope, exams, images, files, allowed=request.channel not in CALLED_IN)
    session.add(request)
    session.flush()
    attachments.attach(session, request, attached)
    event = lifecycle.note(session, scope, request, "request.filed", channel=request.channel, urgency=urgency)
    audit.record(session, scope, "request.filed", why=request.channel, items=[f"request:{request.id}"])
    publish(session, RequestFiled(request.facility_id, request.id, urgency == URGENT))
    return Filed(request, attached, event)


def close(session: Session, scope: Scope, request_id: str) -> Request:
    """The facility is done with it; IllegalMove while a department still owes something."""
    request = get_for(session, scope, Request, request_id, lock=True)
    lifecycle.move(session, request, RequestState.CLOSED)
    lifecycle.note(session, scope, request, "request.closed", by_itself=False)
    return request


def close_forgotten(session: Session) -> int:
    """Close what was picked up seven days ago; returns how many, at most 200 a call."""
    long_ago = clock.now() - CLOSES_AFTER
    statement = (
        select(Request)
        .where(Request.state == RequestState.PICKED_UP.value, Request.moved_at <= long_ago)
        .order_by(Request.moved_at)
        .limit(CLOSED_PER_RUN)
        .with_for_update(skip_locked=True)
    )
    forgotten = list(session.scalars(statement))
    for request in forgotten:
        lifecycle.move(session, request, RequestState.CLOSED)
        lifecycle.note(session, Scope.system(request.facility_id), request, "request.closed", by_itself=True)
    return len(forgotten)


def rate(session: Session, scope: Scope, request_id: str, *, stars: int, comment: str = "") -> Rating:
    """Say how good the answer was, one to five; saying it again replaces it. IllegalMove before there is an answer."""
    if not 1 <= stars <= 5:
        raise Invalid(field="stars")
    request = get_for(session, scope, Request, request_id, lock=True)
    if request.state not in DONE:
        raise IllegalMove(state=request.state, to="rated")
    rating = session.scalar(select(Rating).where(Rating.request_id == request.id))
    if rating is None:
        rating = Rating(facility_id=request.facility_id, request_id=request.id)
        session.add(rating)
    rating.stars, rating.comment = stars, texts.body(comment, field="comment", required=False)
    rating.by, rating.at = scope.name, clock.now()
    lifecycle.note(session, scope, request, "request.rated", stars=stars)
    lifecycle.announce(session, request)
    return rating


def _by_facility(request: Request, scope: Scope, by: Doer, channel: str, facility_id: str | None, caller: str) -> None:
    if facility_id not in (None, scope.area):
        raise NotFound("facility")
    if channel not in FACILITY_CHANNELS:
        raise Invalid(field="channel")
    if caller:
        raise Invalid(field="caller")
    request.facility_id = scope.area
    request.channel = "device" if scope.role is Role.DEVICE else channel
    request.caller = ""
    request.person_id, request.device_id, request.filed_by = by.person_id, scope.device_id, by.name


def _for_caller(
    session: Session, request: Request, scope: Scope, facility_id: str | None, channel: str, caller: str
) -> None:
    scope.require(Role.DEPARTMENT, Role.ADMIN)
    if facility_id is None:
        raise Invalid("missing", field="facility")
    if channel not in CALLED_IN:
        raise Invalid(field="channel")
    if session.scalar(select(Facility.id).where(Facility.id == facility_id)) is None:
        raise NotFound("facility")
    request.facility_id = facility_id
    request.channel = channel
    request.caller = texts.line(caller, field="caller")
    request.person_id, request.filed_by = scope.person_id, scope.name
