"""
All of it, again and again: the watched folder, mass storage, the plan, backup by its timing, and in a thread of its
own the inbox. Everything a tick does is remembered on disk, so the daemon may be killed and started at any time.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from capture_client import afterwards, clock
from capture_client.backup import plan_cache, running
from capture_client.backup.plan import Plan, last_at
from capture_client.errors import CaptureError
from capture_client.filing import catalogue, mass_storage, recovery
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import State
from capture_client.link import Link
from capture_client.readers.watching import Watch
from capture_client.settings import Home
from capture_client.terminal.following import Follower

TICK_SECONDS = 5.0
PLAN_SECONDS = 60.0
FAILED_WAIT_SECONDS = 60.0
FILLED, NIGHT = "storage.filled", "backup.night"
Told = Callable[[str, dict[str, object]], None]


@dataclass
class Daemon:
    """`tell` hears sentences by code."""

    home: Home
    database: FilingDatabase
    link: Link
    tell: Told
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        folder = self.home.settings.watch.folder
        self._watch = Watch(self.home, self.database, Path(folder)) if folder else None
        self._plan_asked: datetime | None = None
        self._quiet_until: datetime | None = None

    def run(self) -> None:
        """Until `stop` is set."""
        threading.Thread(target=self._inbox, name="inbox", daemon=True).start()
        while not self.stop.is_set():
            self.tick(clock.now())
            self.stop.wait(TICK_SECONDS)

    def tick(self, now: datetime) -> None:
        """Everything that is due at `now`, once; a fault is told and waits for a later tick."""
        recovery.finish(self.home, self.database)
        if self._watch:
            for exam in self._watch.look(self._fault):
                self.tell("exam_filed", {"exam": exam.key, "images": len(exam.images)})
        self._fill(now)
        if self._quiet_until is None or now >= self._quiet_until:
            self._back_up(now)

    def _fill(self, now: datetime) -> None:
        timing = self.home.settings.storage.fill
        try:
            if timing == afterwards.PER_EXAM:
                mass_storage.fill(self.home, self.database)
                return
            zone = ZoneInfo(plan_cache.cached(self.database).zone)
            due = clock.stamp(last_at(timing.removeprefix("nightly@"), zone, now))
            if self.database.fact(FILLED) != due:
                mass_storage.fill(self.home, self.database)
                self.database.remember(FILLED, due)
        except CaptureError as fault:
            self._fault(fault)

    def _back_up(self, now: datetime) -> None:
        try:
            plan = self._plan(now)
            night = plan.owed(now)
            if night is not None and self.database.fact(NIGHT) != clock.stamp(night):
                self._backup(running.NIGHTLY)
                self.database.remember(NIGHT, clock.stamp(night))
            elif plan.timing and plan.after_each_exam and self._sendable(plan):
                self._backup(plan.timing)
        except CaptureError as fault:
            self._quiet_until = datetime.fromtimestamp(now.timestamp() + FAILED_WAIT_SECONDS, now.tzinfo)
            self._fault(fault)

    def _plan(self, now: datetime) -> Plan:
        if self._plan_asked is None or (now - self._plan_asked).total_seconds() >= PLAN_SECONDS:
            plan_cache.fetch(self.link, self.database)
            self._plan_asked = now
        return plan_cache.cached(self.database)

    def _sendable(self, plan: Plan) -> bool:
        """Whether anything waits that the plan lets leave; asking the portal in vain each tick would be noise."""
        return any(
            plan.covers(exam.details.patient_id) and plan.images(exam) and not plan.known_to_refuse(exam)
            for exam in catalogue.exams(self.database, State.FILED, State.STORED)
        )

    def _backup(self, trigger: str) -> None:
        outcome = running.backup(self.home, self.database, self.link, trigger)
        if outcome.exams:
            self.tell("backup_done", {"exams": len(outcome.exams), "images": outcome.images})
        if outcome.refused:
            self.tell("backup_refused", {"exams": len(outcome.refused)})

    def _inbox(self) -> None:
        """A connection and a database handle of its own, as both are used by one thread only."""
        database = FilingDatabase(self.home.database)
        follower = Follower(Link(self.home.settings.server), database, self.home.settings.inbox, self.tell)
        try:
            for answer in follower.answers():
                self.tell("answer_ready", {"department": answer["department"], "request": answer["request"]})
        except CaptureError as fault:
            self._fault(fault)

    def _fault(self, fault: CaptureError) -> None:
        self.tell(fault.reason, fault.values)
