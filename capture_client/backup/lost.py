"""What was backed up and may be gone at the portal: it is announced again, and the portal asks for what it misses."""

import json
from datetime import datetime

from capture_client.backup.plan import Plan
from capture_client.filing import catalogue
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Exam, State
from capture_client.settings import Home

KNOWN = "restored.known"


def exams(home: Home, database: FilingDatabase, plan: Plan) -> list[Exam]:
    """
    Backed-up exams of which the portal found something damaged, and those that it was given after the backup from which
    it was restored, unless this device has answered that restore before.
    """
    restored = bool(plan.restored) and database.fact(KNOWN) != plan.restored
    if not plan.damaged and not restored:
        return []
    return [
        exam
        for exam in catalogue.exams(database, State.BACKED_UP)
        if exam.key in plan.damaged or (restored and _held_since(home, exam, plan.missing_since))
    ]


def remember(database: FilingDatabase, plan: Plan) -> None:
    """Everything was announced after that restore; not until then, so that a backup that was cut begins again."""
    if plan.restored and database.fact(KNOWN) != plan.restored:
        database.remember(KNOWN, plan.restored)


def _held_since(home: Home, exam: Exam, since: datetime | None) -> bool:
    """Whether the exam's receipt is of that time; where it cannot be read, it may be."""
    try:
        said = json.loads((home.receipts / f"{exam.key}.json").read_text(encoding="utf-8"))
        return since is None or datetime.fromisoformat(said["held_at"]) >= since
    except (OSError, ValueError, KeyError, TypeError):
        return True
