"""The event stream: one thread a process reads new notices and hands each to the streams it is meant for."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import structlog

from portal.installation import Installation
from vault.base import notices
from vault.base.database import Database
from vault.base.notices import Notice
from vault.base.scope import Scope
from vault.tenancy.told import audiences

log = structlog.get_logger()

LOOK_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
BATCH = 500
CONTENT_TYPE = "text/event-stream"
MOST_EACH = 16
"""Streams that one caller may hold at once: each takes a thread, which others need."""
_AGAIN_LATER = b"retry: 15000\n\n"

Inbox = SimpleQueue[Notice | None]
"""What comes for one stream; None ends it, to make room."""


@dataclass(frozen=True)
class Listener:
    """Whose stream it is, and what is meant for it."""

    who: str
    heard_as: frozenset[str]


class Hub:
    """
    Looks at the notices for all streams of a process; it rests while nobody listens.

    Of more than `most` streams the oldest end. Their pages come back a little later and hear what they missed, so that
    however many are open, threads are left for everything else.
    """

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self._most = most
        self._listeners: dict[Inbox, Listener] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def listen(self, listener: Listener) -> Inbox:
        """A queue into which every later notice for these audiences comes."""
        inbox: Inbox = SimpleQueue()
        with self._changed:
            self._make_room(listener.who)
            self._listeners[inbox] = listener
            if self._thread is None:
                with self._database.read() as session:
                    start = notices.latest(session)
                self._thread = threading.Thread(target=self._look, args=(start,), name="stream-hub", daemon=True)
                self._thread.start()
            self._changed.notify()
        return inbox

    def leave(self, inbox: Inbox) -> None:
        """The stream has ended."""
        with self._changed:
            self._listeners.pop(inbox, None)

    def _make_room(self, who: str) -> None:
        """For one more of that caller."""
        own = [inbox for inbox, one in self._listeners.items() if one.who == who]
        for inbox in own[: max(0, len(own) - MOST_EACH + 1)]:
            self._end(inbox)
        for inbox in list(self._listeners)[: max(0, len(self._listeners) - self._most + 1)]:
            self._end(inbox)

    def _end(self, inbox: Inbox) -> None:
        del self._listeners[inbox]
        inbox.put(None)

    def _look(self, last: int) -> None:
        pause = threading.Event()
        while True:
            with self._changed:
                if not self._listeners:
                    self._changed.wait()
            try:
                with self._database.read() as session:
                    found = notices.since(session, last, limit=BATCH)
            except Exception as problem:  # the database is away: the next look finds what came meanwhile
                log.warning("stream hub cannot read", problem=repr(problem))
                found = []
            for notice in found:
                last = notice.number
                self._hand_out(notice)
            pause.wait(LOOK_SECONDS)

    def _hand_out(self, notice: Notice) -> None:
        with self._changed:
            waiting = [inbox for inbox, one in self._listeners.items() if notice.audience in one.heard_as]
        for inbox in waiting:
            inbox.put(notice)


def hub_of(installation: Installation) -> Hub:
    """The one hub of this process for the installation."""
    found = _hubs.get(id(installation))
    if found is None:
        most = max(1, installation.settings.server.threads * 3 // 4)
        found = _hubs.setdefault(id(installation), Hub(installation.database, most))
    return found


_hubs: dict[int, Hub] = {}


def events(
    installation: Installation, scope: Scope, after: int | None, still_allowed: Callable[[], bool]
) -> Iterator[bytes]:
    """
    Server-sent events for the caller: what came after number `after`, then what comes, a comment every 15 seconds.

    The stream ends when `still_allowed` (asked at each heartbeat) says no: a revoked token hears nothing more. It also
    ends, to be opened again a little later, where the caller or all callers have too many.
    """
    heard_as = audiences(scope)
    hub = hub_of(installation)
    inbox = hub.listen(Listener(scope.who, heard_as))
    try:
        with installation.database.read() as session:
            last = notices.latest(session) if after is None else after
        yield b": welcome\nretry: 2000\nid: %d\n\n" % last
        for notice in _missed(installation.database, heard_as, last):
            last = notice.number
            yield _line(notice)
        while True:
            try:
                coming = inbox.get(timeout=HEARTBEAT_SECONDS)
            except Empty:
                if not still_allowed():
                    return
                yield b": still here\n\n"
                continue
            if coming is None:
                yield _AGAIN_LATER
                return
            if coming.number > last:
                last = coming.number
                yield _line(coming)
    finally:
        hub.leave(inbox)


def _missed(database: Database, heard_as: frozenset[str], last: int) -> Iterator[Notice]:
    while True:
        with database.read() as session:
            found = notices.after(session, heard_as, last)
            session.expunge_all()
        if not found:
            return
        yield from found
        last = found[-1].number


def _line(notice: Notice) -> bytes:
    data = json.dumps({"id": notice.subject_id, **notice.values}, ensure_ascii=False)
    return f"id: {notice.number}\nevent: {notice.kind}\ndata: {data}\n\n".encode()
