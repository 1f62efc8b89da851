"""The backup form of the contract as the portal serves it, and the pure rules that follow from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from capture_client.filing.exams import Exam, Image

ALL_KINDS = frozenset({"still", "clip", "chart", "file"})
MOST_EXAMS, MOST_IMAGES = 5_000, 100_000
"""That one run lists; the portal takes twice as many."""
BY_ITSELF = frozenset({"per-exam", "simultaneous"})


@dataclass(frozen=True)
class Plan:
    """
    `timing` None: no contract, so only a person starts a backup. `opted` are the exceptions to `default_in`. `damaged`
    are this device's keys of exams that the portal holds and of which it has found something damaged. `restored` names
    the restore of the portal from a backup after which exams may be missing whose receipts are of `missing_since` or
    later. `due`: since when the portal waits for the night's run, None while it does not or, unless `told_due`, cannot
    say.
    """

    version: str = ""
    timing: str | None = None
    unit: str = "facility"
    kinds: frozenset[str] = ALL_KINDS
    default_in: bool = True
    opted: frozenset[str] = frozenset()
    zone: str = "Asia/Tokyo"
    target: str = ""
    next_run: str = ""
    damaged: frozenset[str] = frozenset()
    restored: str = ""
    missing_since: datetime | None = None
    told_due: bool = False
    due: datetime | None = None

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Plan":
        """The plan from the portal's JSON; an empty one for an area without a contract."""
        patients, restored = said.get("patients") or {}, said.get("restored") or {}
        return cls(
            version=str(said.get("version") or ""),
            timing=said.get("timing") or None,
            unit=said.get("unit") or "facility",
            kinds=frozenset(said["kinds"]) if said.get("kinds") and said.get("timing") else ALL_KINDS,
            default_in=patients.get("default", "in") != "out",
            opted=frozenset(patients.get("except") or ()),
            zone=said.get("zone") or "Asia/Tokyo",
            target=said.get("target") or "",
            next_run=said.get("next_run") or "",
            damaged=frozenset(said.get("damaged") or ()),
            restored=str(restored.get("id") or ""),
            missing_since=datetime.fromisoformat(restored["since"]) if restored.get("since") else None,
            told_due="due" in said,
            due=datetime.fromisoformat(said["due"]) if said.get("due") else None,
        )

    @property
    def after_each_exam(self) -> bool:
        """Whether a finished exam starts a backup."""
        return self.timing in BY_ITSELF

    def covers(self, patient_id: str) -> bool:
        """Whether the patient's exams may leave the facility."""
        return self.default_in != (patient_id in self.opted)

    def images(self, exam: Exam) -> tuple[Image, ...]:
        """The exam's files of the agreed kinds."""
        return tuple(image for image in exam.images if image.data_kind in self.kinds)

    def known_to_refuse(self, exam: Exam) -> bool:
        """Whether the portal refused the exam under this very plan."""
        return bool(exam.refusal) and exam.refused_under == self.version

    def owed(self, now: datetime) -> datetime | None:
        """Since when a nightly run is owed: by the portal's clock where it says so, else by this device's."""
        return self.due if self.told_due else self.last_due(now)

    @property
    def nightly(self) -> bool:
        """Whether a clock starts the runs."""
        return (self.timing or "").startswith("nightly@")

    def last_due(self, now: datetime) -> datetime | None:
        """The latest moment up to `now` at which a nightly run was due (UTC); None for other timings."""
        if not self.nightly:
            return None
        return last_at(str(self.timing).removeprefix("nightly@"), ZoneInfo(self.zone), now)


def last_at(clock_time: str, zone: ZoneInfo, now: datetime) -> datetime:
    """
    The latest HH:MM of `zone` that is not after `now`, in UTC. A time that the clock skips comes as much later as it
    jumps; of one that comes twice the first counts.
    """
    today = now.astimezone(zone).date()
    days = (today - timedelta(days=back) for back in range(4))
    at = time.fromisoformat(clock_time)
    moments = (datetime.combine(day, at, zone).astimezone(UTC) for day in days)
    return next(moment for moment in moments if moment <= now)


def groups(plan: Plan, exams: Iterable[Exam]) -> list[list[Exam]]:
    """
    The exams cut into runs as the contract's unit says: the whole facility, each patient, or each exam; and again where
    a run would list more than the portal takes.
    """
    cut: dict[str, list[Exam]] = {}
    for exam in exams:
        of = {"patient": exam.details.patient_id, "exam": exam.key}
        cut.setdefault(of.get(plan.unit, ""), []).append(exam)
    return [run for unit in cut.values() for run in _listable(plan, unit)]


def _listable(plan: Plan, exams: list[Exam]) -> Iterator[list[Exam]]:
    run: list[Exam] = []
    images = 0
    for exam in exams:
        more = len(plan.images(exam))
        if run and (len(run) == MOST_EXAMS or images + more > MOST_IMAGES):
            yield run
            run, images = [], 0
        run.append(exam)
        images += more
    yield run
