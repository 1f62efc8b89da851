"""What a page calls by itself: keeping a draft, and the event stream."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from portal import stream, transactions
from portal.guards import EVERYONE, own_transactions, requires
from portal.pages.account.base import bp
from portal.scope import browser, current, passive
from portal.streaming import last_event_id, streamed
from routing.requests import drafts
from vault.base.errors import NotSignedIn
from vault.tenancy import sessions
from vault.tenancy.sessions import Standing

LEFT_OUT = frozenset({"csrf_token", "files"})


@bp.post("/drafts/<path:key>")
@requires(EVERYONE)
def draft(key: str) -> ResponseReturnValue:
    """Keep the form's fields under `key`; the last window to type wins, as one person types in one window."""
    session, scope = transactions.session(), current()
    body = {name: request.form.getlist(name) for name in request.form if name not in LEFT_OUT}
    kept = drafts.load(session, scope, key)
    drafts.save(session, scope, key, body, version=kept.version if kept else 0)
    saved = drafts.load(session, scope, key)
    return jsonify(saved_at=saved.updated_at.isoformat() if saved else None)


@bp.get("/events")
@requires(EVERYONE)
@own_transactions
@passive
def events() -> ResponseReturnValue:
    """The page's event stream; it ends with the sign-in, and when the screen locks."""
    installation, scope, value = transactions.installation(), current(), browser().id

    def still_allowed() -> bool:
        try:
            with installation.database.read() as session:
                found = sessions.session_for(session, value, installation.settings.people)
        except NotSignedIn:
            return False
        return found.standing is Standing.OPEN

    return streamed(stream.events(installation, scope, last_event_id(), still_allowed))
