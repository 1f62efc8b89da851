"""Every error as an answer: RFC 9457 problem details for programs, a page with a sentence for people."""

import structlog
from apiflask import APIFlask, HTTPError
from flask import Response, g, json, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from portal.dav.sign_in import is_dav
from portal.wording import sentence
from vault.base.errors import AppError, Invalid, NotSignedIn, TooMany

log = structlog.get_logger()

API_PREFIXES = ("/api/", "/healthz", "/readyz", "/metrics")
PAGE = "errors/error.html"
WHOLE = {"_schema": "body"}
"""What the schemas call a body that is no object at all."""


def way_back() -> str | None:
    """The page that was asked for, to come back to after a step of signing in; None where something was sent."""
    return request.full_path.removesuffix("?") if request.method == "GET" else None


def is_api() -> bool:
    """Whether a program asked."""
    return request.path.startswith(API_PREFIXES) or is_dav()


def install(app: APIFlask) -> None:
    """Have `app` answer each kind of error in the caller's way."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(DataError, _not_for_its_column)
    app.register_error_handler(Exception, _unexpected)
    app.error_processor(_schema)  # type: ignore[arg-type]


def _app_error(problem: AppError) -> ResponseReturnValue:
    if isinstance(problem, NotSignedIn) and not is_api():
        return redirect(url_for("account.sign_in", next=way_back()))
    shown = (str, int, float, list)
    values: dict[str, object] = {name: value for name, value in problem.values.items() if isinstance(value, shown)}
    return _answer(problem.http, problem.code, problem.reason, values, problem)


def _schema(problem: HTTPError) -> ResponseReturnValue:
    """What APIFlask found wrong with a body or query: the first field, and all of them under `errors`."""
    if problem.status_code != 422:
        code = {400: "bad_request"}.get(problem.status_code, "http_error")
        return _answer(problem.status_code, code, code, {})
    found = {
        WHOLE.get(field, field): messages
        for place in problem.detail.values()
        for field, messages in (place.items() if isinstance(place, dict) else [("body", place)])
    }
    field = next(iter(found), "body")
    return _answer(422, "invalid", "invalid", {"field": str(field), "errors": found})


def _http(problem: HTTPException) -> ResponseReturnValue:
    codes = {400: "bad_request", 404: "not_found", 405: "wrong_verb", 413: "too_large", 429: "too_many"}
    status = problem.code or 500
    code = codes.get(status, "http_error")
    answer = _answer(status, code, code, {})
    if status == 405 and isinstance(problem.get_response(), Response):
        answer.headers["Allow"] = problem.get_response().headers.get("Allow", "")
    return answer


def _csrf(_problem: CSRFError) -> ResponseReturnValue:
    return _answer(400, "bad_request", "form_expired", {})


def _database_away(problem: OperationalError) -> ResponseReturnValue:
    log.error("database away", problem=repr(problem.orig))
    return _answer(503, "unavailable", "database", {})


def _not_for_its_column(problem: DataError) -> ResponseReturnValue:
    """A value that no check stopped and its column cannot hold, such as a number too great for it."""
    log.warning("value refused by the database", path=request.path, problem=type(problem.orig).__name__)
    return _answer(422, "invalid", "invalid", {"field": "number"})


def _unexpected(problem: Exception) -> ResponseReturnValue:
    log.error("unexpected error", path=request.path, exc_info=problem)
    return _answer(500, "error", "error", {})


def _answer(
    status: int, code: str, reason: str, values: dict[str, object], problem: AppError | None = None
) -> Response:
    said = sentence(code, reason, values)
    if is_api():
        body = {"type": "about:blank", "title": code, "status": status, "detail": said, **values, "code": reason}
        answer = Response(json.dumps(body), status=status, content_type="application/problem+json")
    else:
        answer = Response(_page(status, said), status=status, content_type="text/html; charset=utf-8")
    if status == 401:
        kind = 'Basic realm="Kura", charset="UTF-8"' if is_dav() else 'Bearer realm="kura"'
        answer.headers["WWW-Authenticate"] = kind
    if status == 503:
        answer.headers["Retry-After"] = "5"
    if isinstance(problem, TooMany):
        answer.headers["Retry-After"] = str(problem.values.get("seconds", 60))
    return answer


def _page(status: int, said: str) -> str:
    g.pop("kura_session", None)
    return render_template(PAGE, status=status, sentence=said)


def field_errors(problem: Invalid) -> dict[str, str]:
    """For a form that is shown again: the sentence beside the field."""
    return {problem.field: sentence(problem.code, problem.reason, problem.values)}
