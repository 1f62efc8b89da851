"""File a request, follow it, reply, end it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import bytes as stored
from portal import transactions
from portal.errors import field_errors
from portal.guards import FACILITY_PEOPLE, own_transactions, requires
from portal.pages import lists, pictures, thread
from portal.pages.facility.base import bp
from portal.pages.facility.exams import cards
from portal.pages.facility.rows import request_rows
from portal.pages.thread import Names
from portal.scope import current
from portal.uploads import keep_attachments
from routing.queue import facility
from routing.requests import drafts, service
from routing.requests.models import Rating, Request, RequestFile
from routing.requests.states import RequestState
from vault.base import paging
from vault.base.errors import Invalid, NotFound
from vault.base.scope import Scope, get_for, scoped
from vault.exams import drive_queries
from vault.exams import queries as exams

PER_PAGE = 25
NEW_DRAFT = "request-new"
VIEWS: dict[str, frozenset[RequestState]] = {
    "open": frozenset(RequestState) - {RequestState.CLOSED, RequestState.WITHDRAWN},
    "asked": frozenset({RequestState.ASKED}),
    "answered": frozenset({RequestState.ANSWERED, RequestState.PICKED_UP}),
    "closed": frozenset({RequestState.CLOSED, RequestState.WITHDRAWN}),
    "all": frozenset(RequestState),
}
MOVES: dict[str, frozenset[RequestState]] = {
    "reply": frozenset(
        {RequestState.DELIVERED, RequestState.ASKED, RequestState.ANSWERED, RequestState.PICKED_UP}
        | {RequestState.REOPENED}
    ),
    "withdraw": frozenset(
        {RequestState.FILED, RequestState.SWEPT, RequestState.DELIVERED, RequestState.ASKED, RequestState.REOPENED}
    ),
    "close": frozenset({RequestState.ANSWERED, RequestState.PICKED_UP}),
    "reopen": frozenset({RequestState.ANSWERED, RequestState.PICKED_UP, RequestState.CLOSED}),
    "rate": frozenset({RequestState.ANSWERED, RequestState.PICKED_UP, RequestState.CLOSED}),
}


@bp.get("/requests")
@requires(FACILITY_PEOPLE)
def requests() -> ResponseReturnValue:
    """The facility's requests, newest first."""
    session, scope = transactions.session(), current()
    view = request.args.get("view", "open")
    if view not in VIEWS:
        raise NotFound("view")
    rows = scoped(select(Request), scope, Request).where(Request.state.in_(VIEWS[view]))
    page = paging.rows(session, rows, Request.filed_at, Request.id, after=request.args.get("after"), limit=PER_PAGE)
    return render_template(
        "facility/requests.html",
        view=view,
        counts_by_view=_counts(session, scope),
        rows=request_rows(session, scope, page.items),
        pager=lists.pager(page),
    )


@bp.get("/requests/new")
@requires(FACILITY_PEOPLE)
def request_new() -> ResponseReturnValue:
    """The form, filled from the draft of the same exam."""
    session, scope = transactions.session(), current()
    exam_id = request.args.get("exam")
    kept = drafts.load(session, scope, _draft_key(exam_id))
    typed = _typed(kept.body) if kept else {}
    return _form(session, scope, exam_id, typed, {}, kept.updated_at if kept else None)


@bp.post("/requests/new")
@requires(FACILITY_PEOPLE)
@own_transactions
def request_file() -> ResponseReturnValue:
    """File it; attachments are kept in the area first, so that nothing filed points at nothing."""
    scope, form = current(), request.form
    exam_ids = form.getlist("exams")
    try:
        paths = keep_attachments(scope, request.files.getlist("files"))
        with transactions.database().transaction() as session:
            filed = service.file(
                session,
                scope,
                subject=form.get("subject", ""),
                body=form.get("body", ""),
                exams=exam_ids,
                images=_images(form.getlist("images"), form.get("marks", "")),
                files=paths,
                urgency=form.get("urgency", "normal"),
                channel="web",
            )
            drafts.discard(session, scope, _draft_key(exam_ids[0] if exam_ids else None))
    except Invalid as problem:
        with transactions.database().read() as session:
            exam_id = exam_ids[0] if exam_ids else None
            return _form(session, scope, exam_id, _typed(form.to_dict(flat=False)), field_errors(problem), None), 422
    flash(_("Your request is filed. It reaches the right departments within a minute."), "success")
    return redirect(url_for("facility.request_show", request_id=filed.request.id), 303)


@bp.get("/requests/<request_id>")
@requires(FACILITY_PEOPLE)
def request_show(request_id: str) -> ResponseReturnValue:
    """One request with everything that was said and came back."""
    return _page(transactions.session(), current(), request_id, {}, {})


@bp.get("/requests/<request_id>/files/<path:path>")
@requires(FACILITY_PEOPLE)
def request_attachment(request_id: str, path: str) -> ResponseReturnValue:
    """A file that came with the request, in the version it had then."""
    session, scope = transactions.session(), current()
    rows = scoped(select(RequestFile), scope, RequestFile)
    row = session.scalar(rows.where(RequestFile.request_id == request_id, RequestFile.path == path))
    if row is None:
        raise NotFound("file")
    file = drive_queries.file(session, scope, row.file_id)
    blob = drive_queries.open_file(session, scope, transactions.installation().store, file, row.version)
    return stored.blob_answer(blob, file.media_type, file.path)


@bp.post("/requests/<request_id>/reply")
@requires(FACILITY_PEOPLE)
@own_transactions
def request_reply(request_id: str) -> ResponseReturnValue:
    """Reply; files go into the area and are named in the text."""
    scope = current()
    body = request.form.get("body", "")
    try:
        with transactions.database().read() as session:
            get_for(session, scope, Request, request_id)
        paths = keep_attachments(scope, request.files.getlist("files"))
        with transactions.database().transaction() as session:
            facility.reply(session, scope, request_id, body="\n".join([body, *paths]).strip())
            drafts.discard(session, scope, f"reply-{request_id}")
    except Invalid as problem:
        with transactions.database().read() as session:
            return _page(session, scope, request_id, {"body": body}, field_errors(problem)), 422
    flash(_("Your reply is sent."), "success")
    return _back(request_id)


@bp.post("/requests/<request_id>/withdraw")
@requires(FACILITY_PEOPLE)
def request_withdraw(request_id: str) -> ResponseReturnValue:
    """Take it back."""
    facility.withdraw(transactions.session(), current(), request_id)
    flash(_("The request is withdrawn."), "success")
    return _back(request_id)


@bp.post("/requests/<request_id>/close")
@requires(FACILITY_PEOPLE)
def request_close(request_id: str) -> ResponseReturnValue:
    """Done with it."""
    service.close(transactions.session(), current(), request_id)
    flash(_("The request is closed."), "success")
    return _back(request_id)


@bp.post("/requests/<request_id>/reopen")
@requires(FACILITY_PEOPLE)
def request_reopen(request_id: str) -> ResponseReturnValue:
    """Back to the departments."""
    facility.reopen(transactions.session(), current(), request_id, body=request.form.get("body", ""))
    flash(_("The request is open again."), "success")
    return _back(request_id)


@bp.post("/requests/<request_id>/rate")
@requires(FACILITY_PEOPLE)
@own_transactions
def request_rate(request_id: str) -> ResponseReturnValue:
    """One star to five."""
    scope, stars = current(), request.form.get("stars", "")
    try:
        with transactions.database().transaction() as session:
            comment = request.form.get("comment", "")
            service.rate(session, scope, request_id, stars=int(stars) if stars.isdigit() else 0, comment=comment)
    except Invalid as problem:
        with transactions.database().read() as session:
            return _page(session, scope, request_id, request.form.to_dict(), field_errors(problem)), 422
    flash(_("Thank you."), "success")
    return _back(request_id)


def _back(request_id: str) -> ResponseReturnValue:
    return redirect(url_for("facility.request_show", request_id=request_id), 303)


def _draft_key(exam_id: str | None) -> str:
    return f"{NEW_DRAFT}-{exam_id}" if exam_id else NEW_DRAFT


def _typed(form: Mapping[str, list[str]]) -> dict[str, Any]:
    """A form's fields as the template fills them in again."""
    typed: dict[str, Any] = {name: values[-1] for name, values in form.items() if values}
    typed["images"] = list(form.get("images", []))
    return typed


def _images(chosen: Sequence[str], marks: str) -> list[dict[str, Any]]:
    """`exam/name` of each ticked or marked image, with the rings drawn on it."""
    try:
        drawn: Any = json.loads(marks) if marks.strip() else {}
        rings = {
            key: [{"type": "ring", "x": ring["x"], "y": ring["y"], "r": ring["r"]} for ring in found]
            for key, found in drawn.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise Invalid("marks", field="marks") from problem
    keys = list(dict.fromkeys([*chosen, *(key for key, found in rings.items() if found)]))
    pairs = [(key, *key.partition("/")[::2]) for key in keys]
    return [{"exam": exam, "name": name, "marks": rings.get(key, [])} for key, exam, name in pairs]


def _form(
    session: Session,
    scope: Scope,
    exam_id: str | None,
    typed: dict[str, Any],
    errors: dict[str, str],
    draft_at: datetime | None,
) -> str:
    page = exams.exam_page(session, scope, exam_id) if exam_id else None
    without = "without" in request.values
    recent = [] if page or without else cards(session, scope, exams.list_exams(session, scope, limit=12).items)
    return render_template(
        "facility/request_new.html",
        exam=pictures.about(page.exam) if page else None,
        images=[
            pictures.picture(image, page.thumbnails.get(image.id, []), pictures.facility_address)
            for image in page.images
        ]
        if page
        else [],
        recent=recent,
        without=without,
        typed=typed,
        errors=errors,
        draft_at=draft_at,
        draft_url=url_for("account.draft", key=_draft_key(exam_id)),
        people=[],
    )


def _page(session: Session, scope: Scope, request_id: str, typed: dict[str, Any], errors: dict[str, str]) -> str:
    row = get_for(session, scope, Request, request_id)
    names = Names.read(session)
    pages = thread.exam_pages(session, scope, request_id)
    picked = thread.marked(session, scope, request_id)
    rating = session.scalar(scoped(select(Rating), scope, Rating).where(Rating.request_id == request_id))
    moves = [move for move, states in MOVES.items() if row.state in states]
    kept = drafts.load(session, scope, f"reply-{request_id}")
    found = thread.answers_of(session, scope, request_id, held=False)
    return render_template(
        "facility/request.html",
        request=thread.heading(row),
        exams=[pictures.about(page.exam) for page in pages],
        images=thread.marked_pictures(pages, picked, pictures.facility_address),
        files=thread.files(session, scope, request_id, _attachment_address),
        messages=thread.messages(session, scope, names, request_id),
        answers=thread.answers(session, scope, names, found, answer_file_address),
        assignments=thread.assignments(session, scope, names, [request_id]).get(request_id, []),
        events=thread.events(session, scope, names, request_id),
        people=[],
        moves=[move for move in moves if not (move == "rate" and rating)],
        rating={"stars": rating.stars, "comment": rating.comment} if rating else None,
        typed=typed or (_typed(kept.body) if kept else {}),
        errors=errors,
        draft_url=url_for("account.draft", key=f"reply-{request_id}"),
        draft_at=kept.updated_at if kept else None,
    )


def answer_file_address(answer_id: str, name: str) -> str:
    """Where the facility reads a file of an answer."""
    return url_for("facility.answer_file", answer_id=answer_id, name=name)


def _attachment_address(request_id: str, path: str) -> str:
    return url_for("facility.request_attachment", request_id=request_id, path=path)


def _counts(session: Session, scope: Scope) -> dict[str, int]:
    rows = scoped(select(Request.state, func.count()), scope, Request).group_by(Request.state)
    by_state = dict(session.execute(rows).all())
    return {
        view: sum(by_state.get(state.value, 0) for state in states)
        for view, states in VIEWS.items()
        if view in ("open", "asked")
    }
