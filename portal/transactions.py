"""One transaction a request: begun when a view first asks, committed if the answer is good, rolled back if not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from portal.guards import OWN_TRANSACTIONS, WRITES
from portal.installation import Installation
from vault.base.database import Database

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class _RollBack(Exception):
    """Thrown into the transaction of a request whose answer is an error."""


def installation() -> Installation:
    """The installation that the running app serves."""
    found: Installation = current_app.extensions["kura"]
    return found


def database() -> Database:
    """For views with their own transactions."""
    return installation().database


def session() -> Session:
    """The session of this request: a snapshot for reading, a transaction for whatever changes state."""
    if "kura_session" not in g:
        view = current_app.view_functions.get(request.endpoint or "")
        if getattr(view, OWN_TRANSACTIONS, False):
            raise RuntimeError(f"{request.endpoint} said that it opens its own transactions")
        reads = request.method in SAFE and not getattr(view, WRITES, False)
        block: AbstractContextManager[Session] = database().read() if reads else database().transaction()
        g.kura_session_block = block
        g.kura_session = block.__enter__()
    found: Session = g.kura_session
    return found


def before_commit(act: Callable[[Response], None]) -> None:
    """Have `act` called with the answer inside the transaction, just before it is committed."""
    g.setdefault("kura_before_commit", []).append(act)


def install(app: Flask) -> None:
    """Have every request of `app` end its transaction before its answer leaves."""

    @app.after_request
    def _end(response: Response) -> Response:
        if response.status_code < 400:
            for act in g.pop("kura_before_commit", []):
                act(response)
        _close(commit=response.status_code < 400)
        return response

    @app.teardown_request
    def _abandon(_problem: BaseException | None) -> None:
        _close(commit=False)


def _close(*, commit: bool) -> None:
    block: AbstractContextManager[Any] | None = g.pop("kura_session_block", None)
    g.pop("kura_session", None)
    if block is None:
        return
    if commit:
        block.__exit__(None, None, None)
        return
    end = _RollBack()
    try:
        block.__exit__(_RollBack, end, None)
    except _RollBack:
        return
