"""`Idempotency-Key` on any POST of the API: the same key and body get the same answer, another body 422."""

import hashlib

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import BadRequest

from portal import transactions
from portal.guards import OWN_TRANSACTIONS
from vault.base import idempotency

HEADER = "Idempotency-Key"


def install(app: Flask) -> None:
    """Look for the header before each POST; views that stream are left out, as repeating them changes nothing."""

    @app.before_request
    def _before() -> Response | None:
        key = request.headers.get(HEADER)
        view = current_app.view_functions.get(request.endpoint or "")
        if request.method != "POST" or key is None or not request.path.startswith("/api/"):
            return None
        if getattr(view, OWN_TRANSACTIONS, False) or "scope" not in g or g.scope is None:
            return None
        who = g.scope.who
        kept = idempotency.begin(transactions.session(), who, key, _digest())
        if kept is not None:
            return Response(kept.body, kept.status, content_type=kept.content_type)
        transactions.before_commit(lambda answer: _keep(who, key, answer))
        return None


def _keep(who: str, key: str, answer: Response) -> None:
    idempotency.keep(
        transactions.session(),
        who,
        key,
        status=answer.status_code,
        content_type=answer.content_type or "",
        body=answer.get_data(),
    )


def _digest() -> str:
    """Of the whole request; one that was cut short is refused, or its retry would be taken for another request."""
    if len(request.get_data(cache=True)) != (request.content_length or 0):
        raise BadRequest
    content = b"\0".join((request.method.encode(), request.full_path.encode(), request.get_data(cache=True)))
    return hashlib.sha256(content).hexdigest()
