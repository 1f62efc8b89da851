"""`/queue` and `/assignments`: a department's work."""

from datetime import datetime
from typing import Annotated

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field

from portal import transactions
from portal.api.v1.base import Body, ListQuery, Moment, bp, listed, unlimited_body
from portal.bytes import download, image
from portal.exam_door import exam_scope
from portal.guards import DESK, own_transactions, requires, writes
from portal.scope import current
from portal.uploads import keep_answer_file
from routing.queue import answers, claims, service, views
from vault.base.errors import Invalid

Text = Annotated[str, Field(min_length=1)]


class Queue(ListQuery):
    """Whose queue; without `state` the open ones."""

    department: str | None = None
    state: str | None = None


class Said(Body):
    """A text for the facility or, for a note, for colleagues."""

    body: Text


class Interim(Body):
    """How things stand, and by when the next word comes."""

    body: Text
    until: Moment


class NewAnswer(Body):
    """The answer; `files` are names of files uploaded for this assignment, all of them if left out."""

    body: Text
    files: list[str] | None = None


class Correction(Body):
    """A new version of an answer that was sent."""

    answer: str
    body: Text
    reason: Text


class Transfer(Body):
    """To which departments, by code."""

    to: list[str] = Field(min_length=1)
    reason: Text


@bp.get("/queue")
@requires(DESK)
@bp.input(Queue, location="query", arg_name="query")
def queue(query: Queue) -> ResponseReturnValue:
    """What is due first on top; another department's queue is 404."""
    page = views.queue(
        transactions.session(),
        current(),
        department=query.department,
        state=query.state,
        after=query.after,
        limit=query.limit,
    )
    return listed(page)


@bp.get("/assignments/<assignment_id>")
@requires(DESK)
@writes
def assignment(assignment_id: str) -> ResponseReturnValue:
    """The request with its messages, exams, marks and attachments; the look enters the facility's access log."""
    return views.assignment(transactions.session(), current(), assignment_id)


@bp.get("/assignments/<assignment_id>/images/<exam_id>/<path:name>")
@requires(DESK)
def assignment_image(assignment_id: str, exam_id: str, name: str) -> ResponseReturnValue:
    """The bytes of an image of an exam that the request names."""
    session = transactions.session()
    scope = exam_scope(session, current(), assignment_id, exam_id)
    return image(session, scope, exam_id, name)


@bp.get("/assignments/<assignment_id>/files/<path:name>")
@requires(DESK)
@writes
def assignment_file(assignment_id: str, name: str) -> ResponseReturnValue:
    """The bytes of a file attached to the request."""
    found = views.assignment_file(transactions.session(), current(), assignment_id, name)
    return download(found.facility_id, found.digest, found.media_type, found.name)


@bp.put("/assignments/<assignment_id>/files/<name>")
@requires(DESK)
@own_transactions
def assignment_file_put(assignment_id: str, name: str) -> ResponseReturnValue:
    """Upload a file for the answer; it is the facility's once the answer is sent."""
    unlimited_body()
    if request.content_length is None:
        raise Invalid("length_required", field="Content-Length")
    kept = keep_answer_file(current(), assignment_id, name, request.stream, request.content_length, request.mimetype)
    return {"name": kept.name, "size": kept.size, "sha256": kept.digest}, 201


@bp.post("/assignments/<assignment_id>/claim")
@requires(DESK)
def assignment_claim(assignment_id: str) -> ResponseReturnValue:
    """Take it; one caller wins."""
    claims.claim(transactions.session(), current(), assignment_id)
    return _row(assignment_id)


@bp.post("/assignments/<assignment_id>/release")
@requires(DESK)
def assignment_release(assignment_id: str) -> ResponseReturnValue:
    """Back into the queue."""
    claims.release(transactions.session(), current(), assignment_id)
    return _row(assignment_id)


@bp.post("/assignments/<assignment_id>/ask")
@requires(DESK)
@bp.input(Said, arg_name="body")
def assignment_ask(assignment_id: str, body: Said) -> ResponseReturnValue:
    """Ask the facility something back."""
    service.ask(transactions.session(), current(), assignment_id, body.body)
    return _row(assignment_id)


@bp.post("/assignments/<assignment_id>/interim")
@requires(DESK)
@bp.input(Interim, arg_name="body")
def assignment_interim(assignment_id: str, body: Interim) -> ResponseReturnValue:
    """How things stand; the date becomes the promise."""
    until: datetime = body.until
    service.interim(transactions.session(), current(), assignment_id, body=body.body, until=until)
    return _row(assignment_id)


@bp.post("/assignments/<assignment_id>/answer")
@requires(DESK)
@bp.input(NewAnswer, arg_name="body")
def assignment_answer(assignment_id: str, body: NewAnswer) -> ResponseReturnValue:
    """Answer the department's part, once; over the API it is ready at once."""
    answers.answer(transactions.session(), current(), assignment_id, body=body.body, files_named=body.files)
    return _row(assignment_id)


@bp.post("/assignments/<assignment_id>/correct")
@requires(DESK)
@bp.input(Correction, arg_name="body")
def assignment_correct(assignment_id: str, body: Correction) -> ResponseReturnValue:
    """Replace an answer by a new version, with a reason."""
    answers.correct(
        transactions.session(),
        current(),
        assignment_id,
        answer_id=body.answer,
        body=body.body,
        reason=body.reason,
    )
    return _row(assignment_id)


@bp.post("/assignments/<assignment_id>/transfer")
@requires(DESK)
@bp.input(Transfer, arg_name="body")
def assignment_transfer(assignment_id: str, body: Transfer) -> ResponseReturnValue:
    """Hand it over to other departments."""
    service.transfer(transactions.session(), current(), assignment_id, to=body.to, reason=body.reason)
    return _row(assignment_id)


@bp.post("/assignments/<assignment_id>/note")
@requires(DESK)
@bp.input(Said, arg_name="body")
def assignment_note(assignment_id: str, body: Said) -> ResponseReturnValue:
    """An internal word; the facility never reads it."""
    service.note(transactions.session(), current(), assignment_id, body.body)
    return _row(assignment_id)


def _row(assignment_id: str) -> ResponseReturnValue:
    return views.row(transactions.session(), current(), assignment_id)
