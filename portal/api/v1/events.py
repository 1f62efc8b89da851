"""`GET /events`: server-sent events; `Last-Event-ID` resumes without a gap."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal import stream, transactions
from portal.api.v1.base import bp, header
from portal.guards import EVERYONE, own_transactions, requires
from portal.scope import current
from vault.base.errors import Invalid, NotSignedIn
from vault.tenancy import tokens


@bp.get("/events")
@requires(EVERYONE)
@own_transactions
def events() -> ResponseReturnValue:
    """`answer.ready`, `request.changed`, `assignment.changed`, each with `{"id"}`; a comment every 15 seconds."""
    installation, scope = transactions.installation(), current()
    token = request.headers["Authorization"].partition(" ")[2].strip()

    def still_allowed() -> bool:
        try:
            with installation.database.read() as session:
                tokens.scope_for_token(session, token)
        except NotSignedIn:
            return False
        return True

    return streamed(stream.events(installation, scope, last_event_id(), still_allowed))


def last_event_id() -> int | None:
    """The number after which to resume; Invalid for what is no number."""
    given = header("Last-Event-ID")
    if given is None:
        return None
    if not given.isdigit():
        raise Invalid(field="Last-Event-ID")
    return int(given)


def streamed(chunks: object) -> Response:
    """An endless answer that no proxy should keep back."""
    answer = Response(chunks, content_type=stream.CONTENT_TYPE)  # type: ignore[arg-type]
    answer.headers["X-Accel-Buffering"] = "no"
    answer.headers["Cache-Control"] = "no-store, no-transform"
    return answer
