"""`GET /events`: server-sent events; `Last-Event-ID` resumes without a gap."""

from flask import request
from flask.typing import ResponseReturnValue

from portal import stream, transactions
from portal.api.v1.base import bp
from portal.guards import EVERYONE, own_transactions, requires
from portal.scope import current
from portal.streaming import last_event_id, streamed
from vault.base.errors import NotSignedIn
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
