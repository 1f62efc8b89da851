"""What a department does with an assignment: each act is one call, and a refused form comes back filled in."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import transactions
from portal.errors import field_errors
from portal.guards import DESK, own_transactions, requires
from portal.pages.department.assignment import assignment_of_answer, page
from portal.pages.department.base import bp
from portal.scope import current
from portal.uploads import keep_answer_files
from portal.wording import sentence
from routing.queue import answers, claims, hold, service
from routing.requests import drafts
from vault.base.errors import Conflict, Invalid


@bp.post("/assignments/<assignment_id>/claim")
@requires(DESK)
@own_transactions
def assignment_claim(assignment_id: str) -> ResponseReturnValue:
    """Take it; who comes second is told who was first."""
    try:
        with transactions.database().transaction() as session:
            claims.claim(session, current(), assignment_id)
    except Conflict as problem:
        flash(sentence(problem.code, problem.reason, problem.values), "error")
    return _back(assignment_id)


@bp.post("/assignments/<assignment_id>/release")
@requires(DESK)
def assignment_release(assignment_id: str) -> ResponseReturnValue:
    """Back into the queue."""
    claims.release(transactions.session(), current(), assignment_id)
    flash(_("It is back in the queue."), "success")
    return redirect(url_for("department.queue"), 303)


@bp.post("/assignments/<assignment_id>/ask")
@requires(DESK)
@own_transactions
def assignment_ask(assignment_id: str) -> ResponseReturnValue:
    """Ask the facility something back."""
    body = request.form.get("body", "")
    return _act(assignment_id, "ask", lambda session: service.ask(session, current(), assignment_id, body))


@bp.post("/assignments/<assignment_id>/interim")
@requires(DESK)
@own_transactions
def assignment_interim(assignment_id: str) -> ResponseReturnValue:
    """How things stand, and by when the next word comes."""

    def act(session: Session) -> None:
        until = _local_time(request.form.get("until", ""))
        service.interim(session, current(), assignment_id, body=request.form.get("body", ""), until=until)

    return _act(assignment_id, "interim", act)


@bp.post("/assignments/<assignment_id>/answer")
@requires(DESK)
@own_transactions
def assignment_answer(assignment_id: str) -> ResponseReturnValue:
    """Answer; for half a minute it can be taken back."""
    scope = current()
    try:
        keep_answer_files(scope, assignment_id, request.files.getlist("files"))
    except Invalid as problem:
        return _refused(assignment_id, "answer", problem)

    def act(session: Session) -> None:
        answers.answer(session, scope, assignment_id, body=request.form.get("body", ""), hold_seconds=hold.SECONDS)
        drafts.discard(session, scope, f"answer:{assignment_id}")

    return _act(assignment_id, "answer", act)


@bp.post("/assignments/<assignment_id>/correct")
@requires(DESK)
@own_transactions
def assignment_correct(assignment_id: str) -> ResponseReturnValue:
    """A new version that replaces the old one, with a reason."""
    form = request.form
    return _act(
        assignment_id,
        "correct",
        lambda session: answers.correct(
            session,
            current(),
            assignment_id,
            answer_id=form.get("answer", ""),
            body=form.get("body", ""),
            reason=form.get("reason", ""),
        ),
    )


@bp.post("/assignments/<assignment_id>/transfer")
@requires(DESK)
@own_transactions
def assignment_transfer(assignment_id: str) -> ResponseReturnValue:
    """Hand it over; the router learns from it."""
    try:
        with transactions.database().transaction() as session:
            to, reason = request.form.getlist("to"), request.form.get("reason", "")
            service.transfer(session, current(), assignment_id, to=to, reason=reason)
    except Invalid as problem:
        return _refused(assignment_id, "transfer", problem)
    flash(_("Handed over."), "success")
    return redirect(url_for("department.queue"), 303)


@bp.post("/assignments/<assignment_id>/note")
@requires(DESK)
@own_transactions
def assignment_note(assignment_id: str) -> ResponseReturnValue:
    """An internal word."""
    body = request.form.get("body", "")
    return _act(assignment_id, "note", lambda session: service.note(session, current(), assignment_id, body))


@bp.post("/answers/<answer_id>/take-back")
@requires(DESK)
def answer_take_back(answer_id: str) -> ResponseReturnValue:
    """Within half a minute the text is the author's draft again."""
    session, scope = transactions.session(), current()
    assignment_id = assignment_of_answer(session, scope, answer_id)
    hold.take_back(session, scope, assignment_id)
    flash(_("Taken back. The text is your draft again."), "success")
    return _back(assignment_id)


def _act(assignment_id: str, name: str, act: Callable[[Session], Any]) -> ResponseReturnValue:
    try:
        with transactions.database().transaction() as session:
            act(session)
    except Invalid as problem:
        return _refused(assignment_id, name, problem)
    return _back(assignment_id)


def _refused(assignment_id: str, name: str, problem: Invalid) -> ResponseReturnValue:
    typed: dict[str, Any] = request.form.to_dict()
    typed["to"] = request.form.getlist("to")
    with transactions.database().transaction() as session:
        shown = page(session, current(), assignment_id, act=name, typed=typed, errors=field_errors(problem))
    return shown, 422


def _back(assignment_id: str) -> ResponseReturnValue:
    return redirect(url_for("department.assignment", assignment_id=assignment_id), 303)


def _local_time(text: str) -> datetime:
    """A browser's `datetime-local` in the reader's zone; Invalid for what is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(current().zone)).astimezone(UTC)
    except ValueError as problem:
        raise Invalid(field="until") from problem
