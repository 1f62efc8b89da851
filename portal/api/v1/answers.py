"""`/answers`: what came back to the area, and picking it up."""

from flask.typing import ResponseReturnValue

from portal import transactions
from portal.api.v1.base import Body, ListQuery, bp, listed
from portal.bytes import download
from portal.guards import FACILITY, requires
from portal.scope import current
from routing.queue import facility, views


class AnswerList(ListQuery):
    """Which answers."""

    state: str | None = None


class PickUp(Body):
    """By whom: id or login of a person of the facility; without one an answer at a device counts as shown."""

    person: str | None = None


@bp.get("/answers")
@requires(FACILITY)
@bp.input(AnswerList, location="query", arg_name="query")
def answer_list(query: AnswerList) -> ResponseReturnValue:
    """Oldest ready ones first, so that nothing waits unseen."""
    page = views.answers(transactions.session(), current(), state=query.state, after=query.after, limit=query.limit)
    return listed(page)


@bp.post("/answers/<answer_id>/pickup")
@requires(FACILITY)
@bp.input(PickUp, arg_name="body")
def answer_pickup(answer_id: str, body: PickUp) -> ResponseReturnValue:
    """Received by a person, or shown; again changes nothing."""
    session, scope = transactions.session(), current()
    facility.pickup(session, scope, answer_id, person=body.person)
    return views.answer(session, scope, answer_id)


@bp.get("/answers/<answer_id>/files/<name>")
@requires(FACILITY)
def answer_file(answer_id: str, name: str) -> ResponseReturnValue:
    """The bytes of a file that came with an answer."""
    found = views.answer_file(transactions.session(), current(), answer_id, name)
    return download(found.facility_id, found.digest, found.media_type, found.name)
