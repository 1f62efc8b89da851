"""Carries out a move that the table of `states` allows, and writes it down for both sides."""

from typing import Any

from sqlalchemy.orm import Session

from routing.requests import states
from routing.requests.events import RequestChanged
from routing.requests.models import Request, RequestEvent
from routing.requests.states import RequestState
from vault.base import clock
from vault.base.outbox import publish
from vault.base.scope import Scope


def move(session: Session, request: Request, to: RequestState) -> None:
    """Move the request and announce it; IllegalMove unless the table knows the move."""
    states.check(request.state, to)
    request.state = to.value
    request.moved_at = clock.now()
    announce(session, request)


def announce(session: Session, request: Request) -> None:
    """Say that something about the request changed, whether or not its state did."""
    request.version += 1
    session.flush()
    publish(session, RequestChanged(request.facility_id, request.id))


def note(session: Session, scope: Scope, request: Request, code: str, **values: Any) -> RequestEvent:
    """Add a line to the request's timeline, which both sides read."""
    line = RequestEvent(
        facility_id=request.facility_id,
        request_id=request.id,
        code=code,
        values=values,
        by=scope.name,
        side=scope.side.value,
        at=clock.now(),
    )
    session.add(line)
    return line
