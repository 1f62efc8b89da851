"""
Waiting for answers: the event stream, resumed by Last-Event-ID after a cut; polling when a proxy holds the stream
back. Notices name department and request only: the screen is shared.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from capture_client.errors import Silent, Unavailable
from capture_client.filing.database import FilingDatabase
from capture_client.link import Json, Link
from capture_client.settings import Inbox
from capture_client.terminal import events, inbox

LAST = "events.last"
ANSWER = "answer.ready"
STREAM_AGAIN_SECONDS = 600.0  # how long polling goes on before the stream is tried again
Told = Callable[[str, dict[str, object]], None]


@dataclass
class Follower:
    """Yields each ready answer once. `tell` hears sentences by code for the person; `pause` sleeps, in seconds."""

    link: Link
    database: FilingDatabase
    settings: Inbox
    tell: Told
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self._seen: set[str] = set()
        self._cuts = 0
        self._heard = False

    def answers(self) -> Iterator[Json]:
        """Answers that wait already, then each as it comes; never ends by itself."""
        yield from self._new_if_reachable()
        while True:
            self._heard = False
            try:
                yield from self._streamed()
            except Silent:
                if not self._heard:  # not even the greeting: a proxy holds the stream back
                    yield from self._polled(STREAM_AGAIN_SECONDS)
            except Unavailable as error:
                if not self._cuts:
                    self.tell("unavailable", error.values)
            self._cuts += 1
            self.link.pause(min(self._cuts, 6))

    def _streamed(self) -> Iterator[Json]:
        """Answers the open stream tells of, until it ends; raises Silent when it falls silent."""
        last = self.database.fact(LAST)
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        with self.link.streamed("/events", silence=self.settings.silence_seconds, **headers) as response:
            for event in events.parse(response.iter_lines()):
                if not self._heard:
                    self._heard, self._cuts = True, 0
                    self.tell("stream", {})
                    yield from self._new()  # what came between the look before and the stream's opening
                if event.kind == ANSWER and not event.beat:
                    yield from self._new()
                if event.id and event.id != last:
                    last = event.id
                    self.database.remember(LAST, last)  # after the answer was shown: a cut repeats it, never loses it

    def _polled(self, seconds: float) -> Iterator[Json]:
        every = self.settings.poll_seconds
        self.tell("polling", {"seconds": round(every, 1)})
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            yield from self._new_if_reachable()
            self.pause(every)

    def _new_if_reachable(self) -> Iterator[Json]:
        try:
            yield from self._new()
        except Unavailable as error:
            self.tell("unavailable", error.values)

    def _new(self) -> Iterator[Json]:
        for answer in inbox.ready(self.link):
            if answer["id"] not in self._seen:
                self._seen.add(answer["id"])
                yield answer
