"""Backup runs as the portal hears of them: begun with what will be sent, ended with how it went, even after a kill."""

from collections.abc import Iterable

from capture_client import clock
from capture_client.backup.plan import Plan
from capture_client.errors import CaptureError, Conflict, NotFound
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Exam
from capture_client.link import Link

FINISHED, FAILED = "finished", "failed"
INTERRUPTED = "interrupted"


def begin(
    database: FilingDatabase,
    link: Link,
    plan: Plan,
    trigger: str,
    exams: Iterable[Exam],
    part: tuple[int, int] = (1, 1),
) -> str:
    """Open a run at the portal and remember it here → its id. `part`: which of how many runs of one backup it is."""
    listed = [
        {
            "patient_id": exam.details.patient_id,
            "performed_at": clock.stamp(exam.details.performed_at),
            "digests": [image.sha256 for image in plan.images(exam)],
        }
        for exam in exams
    ]
    number, of = part
    cut = {"part": {"number": number, "of": of}} if of > 1 else {}
    said = link.post("/backup-runs", {"plan_version": plan.version, "trigger": trigger, "exams": listed, **cut})
    _write(database, "insert or ignore into runs (id, trigger, began_at) values (?, ?, ?)", said["id"], trigger, _now())
    return str(said["id"])


def end(database: FilingDatabase, link: Link, run: str, state: str, error: str = "") -> list[str]:
    """Tell how a run ended → digests that the portal misses. What cannot be told now, the next backup tells."""
    _write(database, "update runs set outcome = ? where id = ?", state, run)
    try:
        return _tell(database, link, run, state, error)
    except CaptureError:
        if state == FINISHED:
            raise
        return []


def end_broken(database: FilingDatabase, link: Link) -> None:
    """Close runs whose end the portal never heard. The caller holds the backup lock, so nobody works on them."""
    for row in database.rows("select id, outcome from runs where ended_at is null"):
        state = row["outcome"] or FAILED
        try:
            _tell(database, link, row["id"], state, "" if state == FINISHED else INTERRUPTED)
        except (NotFound, Conflict):
            _write(database, "update runs set ended_at = ? where id = ?", _now(), row["id"])


def last(database: FilingDatabase) -> dict[str, str | None] | None:
    """The latest run."""
    rows = database.rows("select * from runs order by began_at desc limit 1")
    return dict(rows[0]) if rows else None


def _tell(database: FilingDatabase, link: Link, run: str, state: str, error: str) -> list[str]:
    said = link.patch(f"/backup-runs/{run}", {"state": state, **({"error": error} if error else {})})
    _write(database, "update runs set ended_at = ?, outcome = ? where id = ?", _now(), said.get("state", state), run)
    return list(said.get("missing") or ())


def _write(database: FilingDatabase, statement: str, *values: str) -> None:
    with database.transaction() as connection:
        connection.execute(statement, values)


def _now() -> str:
    return clock.stamp(clock.now())
