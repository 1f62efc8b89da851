"""
Each still goes to the portal as it is saved, beside the recording and never in its way: a thread of its own announces
the exam with its first still, adds each further one, and sends its bytes from the local store. What it does not get
through is no fault: the exam's backup, at its end or whenever the portal can be reached, asks what is missing.
"""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from capture_client.backup import begun, bundle, plan_cache
from capture_client.backup.plan import Plan
from capture_client.backup.sending import Sender
from capture_client.errors import CaptureError, Unavailable
from capture_client.filing import catalogue
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Exam
from capture_client.link import Link
from capture_client.settings import Home

TIMING = "simultaneous"
AGAIN_SECONDS = 5.0
PLAN_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 10.0
"""For an answer: the end of a recording waits for what is on its way."""


class Follower:
    """Hears of each still that is durable here, and brings it to the portal where the contract says so."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._saved: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="simultaneous", daemon=True)
        self._plan: Plan | None = None
        self._asked = 0.0
        self._sent: set[str] = set()

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def saved(self, key: str) -> None:
        """A still of that exam is durable; returns at once."""
        self._saved.put(key)

    def stop(self) -> None:
        """No more is coming: what is on its way arrives, what waits is left to the exam's backup."""
        self._saved.put(None)
        self._thread.join()

    def _run(self) -> None:
        database = FilingDatabase(self._home.database)
        server = self._home.settings.server
        seconds = min(server.timeout_seconds, LONGEST_WAIT_SECONDS)
        link = Link(server.model_copy(update={"attempts": 1, "timeout_seconds": seconds}))
        try:
            self._follow(database, link)
        except (CaptureError, OSError):
            pass  # refused, not away: the exam's backup is told the same, and tells it
        finally:
            link.close()
            database.close()

    def _follow(self, database: FilingDatabase, link: Link) -> None:
        sender, waiting = Sender(self._home, database, link), ""
        while (key := self._next(waiting)) is not None:
            waiting = key
            try:
                self._bring(database, link, sender, catalogue.find(database, key))
                waiting = ""
            except Unavailable:
                self._plan = None  # who has been away may have another when it is back

    def _next(self, waiting: str) -> str | None:
        """The exam of the newest still; after a while one that waits since the line was cut. None at the end."""
        try:
            key = self._saved.get(timeout=AGAIN_SECONDS if waiting else None)
            while key is not None and not self._saved.empty():
                key = self._saved.get()
        except queue.Empty:
            return waiting
        return key

    def _bring(self, database: FilingDatabase, link: Link, sender: Sender, exam: Exam) -> None:
        """What of the exam has been saved so far and not gone yet, unless the contract keeps it here."""
        plan = self._plan_of_now(database, link)
        images = tuple(image for image in plan.images(exam) if image.name not in self._sent)
        if plan.timing != TIMING or not plan.covers(exam.details.patient_id) or not images:
            return
        portal_id, missing = sender.announce(exam, images)
        begun.remember(database, exam.key, portal_id)
        folder = self._home.filing / exam.key
        wanted = [bundle.Member(one.sha256, one.size, folder / one.name) for one in images if one.sha256 in missing]
        for part in bundle.split(wanted, self._home.settings.backup.bundle_bytes):
            link.send(f"/exams/{portal_id}/bundle", partial(bundle.stream, part), bundle.size_of(part), bundle.TYPE)
        self._sent |= {image.name for image in images}

    def _plan_of_now(self, database: FilingDatabase, link: Link) -> Plan:
        """Asked anew once a minute: who opts out in the middle of an exam is sent no further."""
        if self._plan is None or time.monotonic() - self._asked > PLAN_SECONDS:
            self._plan, self._asked = plan_cache.fetch(link, database), time.monotonic()
        return self._plan


@contextmanager
def following(home: Home) -> Iterator[Follower]:
    """A follower while the block lasts."""
    follower = Follower(home)
    follower.start()
    try:
        yield follower
    finally:
        follower.stop()
