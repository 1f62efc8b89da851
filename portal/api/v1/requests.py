"""`/requests`: a facility files, follows and ends its requests; a department files for one that telephoned."""

from typing import Any, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select

from portal import transactions
from portal.api.v1.base import Body, ListQuery, bp, listed
from portal.guards import DESK, FACILITY, requires
from portal.scope import current
from routing.queue import facility, views
from routing.requests import service
from vault.base.errors import NotFound
from vault.tenancy.models import Facility


class MarkedImage(Body):
    """An image of an exam, with the facility's marks: fractions of its width and height."""

    exam: str
    name: str
    marks: list[dict[str, Any]] = []


class NewRequest(Body):
    """What is asked, and about what. `facility`, `channel` and `caller` are for a department filing for a caller."""

    subject: str
    body: str = ""
    exams: list[str] = Field([], max_length=100)
    images: list[MarkedImage] = Field([], max_length=500)
    files: list[str] = Field([], max_length=100)
    urgency: Literal["normal", "urgent"] = "normal"
    urgency_reason: str = ""
    person: str | None = None
    facility: str | None = None
    channel: Literal["api", "phone", "fax", "visit"] = "api"
    caller: str = ""


class RequestList(ListQuery):
    """Which requests."""

    state: str | None = None


class Said(Body):
    """A reply, by a person of the facility."""

    body: str
    person: str | None = None


class Reopened(Body):
    """Why it is reopened."""

    body: str = ""
    person: str | None = None


class Rated(Body):
    """One star to five."""

    stars: int = Field(ge=1, le=5)
    comment: str = ""


@bp.post("/requests")
@requires(FACILITY, DESK)
@bp.input(NewRequest, arg_name="body")
def request_file(body: NewRequest) -> ResponseReturnValue:
    """File a request; the sweep takes it from here."""
    session, scope = transactions.session(), current()
    facility_id = None
    if body.facility is not None:
        facility_id = session.scalar(select(Facility.id).where(Facility.code == body.facility))
        if facility_id is None or (scope.is_facility and facility_id != scope.facility_id):
            raise NotFound("facility")
    filed = service.file(
        session,
        scope,
        subject=body.subject,
        body=body.body,
        exams=body.exams,
        images=[image.model_dump() for image in body.images],
        files=body.files,
        urgency=body.urgency,
        urgency_reason=body.urgency_reason,
        person=body.person,
        facility_id=facility_id,
        channel=body.channel,
        caller=body.caller,
    )
    return views.filed(filed), 201


@bp.get("/requests")
@requires(FACILITY)
@bp.input(RequestList, location="query", arg_name="query")
def request_list(query: RequestList) -> ResponseReturnValue:
    """Newest first."""
    page = views.requests(transactions.session(), current(), state=query.state, after=query.after, limit=query.limit)
    return listed(page)


@bp.get("/requests/<request_id>")
@requires(FACILITY)
def request_show(request_id: str) -> ResponseReturnValue:
    """One request with its assignments, answers, messages and events."""
    return views.request(transactions.session(), current(), request_id)


@bp.post("/requests/<request_id>/messages")
@requires(FACILITY)
@bp.input(Said, arg_name="body")
def request_say(request_id: str, body: Said) -> ResponseReturnValue:
    """Reply to a question, or say more."""
    facility.reply(transactions.session(), current(), request_id, body=body.body, person=body.person)
    return views.request(transactions.session(), current(), request_id), 201


@bp.post("/requests/<request_id>/withdraw")
@requires(FACILITY)
def request_withdraw(request_id: str) -> ResponseReturnValue:
    """Take it back before every department has answered."""
    facility.withdraw(transactions.session(), current(), request_id)
    return request_show(request_id)


@bp.post("/requests/<request_id>/close")
@requires(FACILITY)
def request_close(request_id: str) -> ResponseReturnValue:
    """The facility is done with it."""
    service.close(transactions.session(), current(), request_id)
    return request_show(request_id)


@bp.post("/requests/<request_id>/reopen")
@requires(FACILITY)
@bp.input(Reopened, arg_name="body")
def request_reopen(request_id: str, body: Reopened) -> ResponseReturnValue:
    """Back to the departments that answered."""
    facility.reopen(transactions.session(), current(), request_id, body=body.body, person=body.person)
    return request_show(request_id)


@bp.post("/requests/<request_id>/rating")
@requires(FACILITY)
@bp.input(Rated, arg_name="body")
def request_rate(request_id: str, body: Rated) -> ResponseReturnValue:
    """Say how good the answer was."""
    service.rate(transactions.session(), current(), request_id, stars=body.stars, comment=body.comment)
    return request_show(request_id)
