"""A backup: what the plan lets leave, in the contract's units, each a run that the portal hears begin and end."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from capture_client import locks
from capture_client.backup import begun, lost, plan_cache, runs
from capture_client.backup.plan import Plan, groups
from capture_client.backup.sending import Sender
from capture_client.errors import CaptureError, Conflict, Damaged, Invalid, NotFound
from capture_client.filing import catalogue, mass_storage
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Exam, State
from capture_client.link import Link
from capture_client.settings import Home

WAIT_SECONDS = 600
NIGHTLY, ON_DEMAND = "nightly", "on-demand"
OPTED_OUT = "opted_out"
LOCAL_FAULTS = frozenset({"damaged", "file_missing"})
OF_ONE_EXAM: Final = (Invalid, NotFound, Damaged)
MOST_TOGETHER = 50
Heard = Callable[[int], None]


@dataclass
class Outcome:
    """What one backup did; `refused` maps an exam's key to why, `left_out` counts exams of opted-out patients."""

    exams: list[str] = field(default_factory=list)
    images: int = 0
    left_out: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def backup(
    home: Home,
    database: FilingDatabase,
    link: Link,
    trigger: str,
    *,
    on_begin: Heard = lambda size: None,
    on_bytes: Heard = lambda count: None,
) -> Outcome:
    """
    Back up what is new, and what the portal has lost of the old; one backup at a time in a home. `on_begin` hears the
    bytes to come, `on_bytes` those gone.

    Raises Unavailable when the line stays cut, OverCapacity when the area is full, Damaged for a wrong receipt.
    """
    with locks.waiting_for(home.locks / "backup.lock", seconds=WAIT_SECONDS):
        plan = plan_cache.fetch(link, database)
        runs.end_broken(database, link)
        mass_storage.fill(home, database)
        work = _Backup(home, database, link, plan, Sender(home, database, link, on_bytes))
        exams = work.chosen([*catalogue.exams(database, State.STORED), *lost.exams(home, database, plan)], trigger)
        on_begin(sum(image.size for exam in exams for image in plan.images(exam)))
        # A nightly run with nothing to send is told all the same: else the portal would call it missed.
        units = groups(plan, exams) or ([[]] if trigger == NIGHTLY else [])
        for number, unit in enumerate(units, 1):
            work.run(trigger, unit, number, len(units))
        lost.remember(database, plan)
        return work.outcome


@dataclass
class _Backup:
    home: Home
    database: FilingDatabase
    link: Link
    plan: Plan
    sender: Sender
    outcome: Outcome = field(default_factory=Outcome)

    def chosen(self, exams: Iterable[Exam], trigger: str) -> list[Exam]:
        """Those whose patients are in, that hold agreed kinds of data, and are not known to be refused."""
        found = []
        for exam in exams:
            if not self.plan.covers(exam.details.patient_id):
                self.outcome.left_out += 1
            elif self.plan.images(exam) and not self._refused_before(exam, trigger):
                found.append(exam)
        return found

    def _refused_before(self, exam: Exam, trigger: str) -> bool:
        """A refusal stands until the plan changes; a person who asks may try all but opt-outs again."""
        return self.plan.known_to_refuse(exam) and (trigger != ON_DEMAND or exam.refusal == OPTED_OUT)

    def run(self, trigger: str, exams: list[Exam], number: int, of: int) -> None:
        """One run, `number` of so many; what stops it is told to the portal too, and raised."""
        run = runs.begin(self.database, self.link, self.plan, trigger, exams, (number, of))
        try:
            sent_all = self._send_all(exams)
        except CaptureError as error:
            runs.end(self.database, self.link, run, runs.FAILED, error.reason)
            raise
        if not sent_all:
            runs.end(self.database, self.link, run, runs.FAILED, "refused")
        elif missing := runs.end(self.database, self.link, run, runs.FINISHED):
            raise Conflict("run_missing", count=len(missing))

    def _send_all(self, exams: list[Exam]) -> bool:
        """
        Small exams together, and several such bundles at once, so that a disk that makes one durable holds up no other;
        False unless all went.
        """
        with ThreadPoolExecutor(self.home.settings.backup.connections, "backup") as pool:
            try:
                faults = (fault for some in pool.map(self._bring_some, self._together(exams)) for fault in some)
                went = [self._went(exam, fault) for exam, fault in zip(exams, faults, strict=True)]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return all(went)

    def _together(self, exams: list[Exam]) -> list[list[Exam]]:
        """Exams in their order, as many to a bundle as have room in one; one that has begun to arrive goes alone."""
        some: list[list[Exam]] = []
        room = 0
        for exam in exams:
            size = sum(image.size for image in self.plan.images(exam))
            alone = bool(begun.id_of(self.database, exam.key))
            if not some or size > room or alone or len(some[-1]) == MOST_TOGETHER:
                some.append([])
                room = self.home.settings.backup.bundle_bytes
            some[-1].append(exam)
            room = -1 if alone else room - size
        return some

    def _bring_some(self, exams: list[Exam]) -> list[CaptureError | None]:
        """Send exams, at best together → for each what holds it up, None where it went."""
        whole = [exam for exam in exams if mass_storage.is_whole(self.home, exam)]
        if len(exams) > 1 and len(whole) == len(exams):
            try:
                self.sender.send_together([(exam, self.plan.images(exam)) for exam in exams])
                return [None] * len(exams)
            except CaptureError:
                pass  # whose fault it is, and what has come all the same, shows when each is sent by itself
        return [self._fault_of(exam) for exam in exams]

    def _fault_of(self, exam: Exam) -> CaptureError | None:
        """Send one exam; what is wrong with this one holds up no other."""
        try:
            self._bring(exam)
        except OF_ONE_EXAM as fault:
            return fault
        return None

    def _bring(self, exam: Exam) -> None:
        """Send one exam; a file that is not what was filed is fetched anew from the local store, once."""
        images = self.plan.images(exam)
        if not mass_storage.is_whole(self.home, exam):
            mass_storage.ensure(self.home, exam)
        try:
            self.sender.send(exam, images)
        except Invalid as refusal:
            if refusal.values.get("refused") != "digest_differs":
                raise
            mass_storage.ensure(self.home, exam)
            self.sender.send(exam, images)

    def _went(self, exam: Exam, fault: CaptureError | None) -> bool:
        """False when this one cannot go; raises what is no fault of the exam's own."""
        if isinstance(fault, Invalid):
            return self._refused(exam, str(fault.values.get("refused") or fault.reason))
        if fault is not None:
            if fault.reason not in LOCAL_FAULTS:
                raise fault
            self.outcome.refused[exam.key] = fault.reason
            return False
        self.outcome.exams.append(exam.key)
        self.outcome.images += len(self.plan.images(exam))
        return True

    def _refused(self, exam: Exam, why: str) -> bool:
        """The portal will not have it under this plan: not asked again until there is another."""
        catalogue.refuse(self.database, exam.key, why, self.plan.version)
        if why == OPTED_OUT:
            self.outcome.left_out += 1
        else:
            self.outcome.refused[exam.key] = why
        return False
