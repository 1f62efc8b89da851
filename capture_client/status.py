"""How things stand at this device: filed, waiting, backed up, the plan, the portal."""

import json
from pathlib import Path
from typing import Any

from capture_client import clock
from capture_client.backup import plan_cache, runs
from capture_client.errors import CaptureError
from capture_client.filing import catalogue
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import State
from capture_client.link import Link
from capture_client.settings import Home
from capture_client.texts import sentence


def collect(home: Home, database: FilingDatabase, link: Link) -> dict[str, Any]:
    """Everything `status` tells; asks the portal once, with a single try."""
    reachable, problem = _reach(link, database)
    plan = plan_cache.cached(database)
    counts = catalogue.counts(database)
    waiting = catalogue.exams(database, State.FILED, State.STORED)
    return {
        "home": str(home.folder),
        "server": link.server.url,
        "reachable": reachable,
        "problem": problem,
        "exams": counts,
        "waiting": {
            "exams": len(waiting),
            "images": sum(len(e.images) for e in waiting),
            "bytes": sum(e.size for e in waiting),
        },
        "opted_out": sum(not plan.covers(exam.details.patient_id) for exam in waiting),
        "mass_storage": {"folder": str(home.mass_storage), "fill": home.settings.storage.fill},
        "plan": {"version": plan.version, "target": plan.target, "timing": plan.timing, "unit": plan.unit},
        "next_run": plan.next_run or None,
        "due": clock.stamp(plan.due) if plan.due else None,
        "last_run": runs.last(database),
        "last_receipt": _last_receipt(database),
    }


def lines(found: dict[str, Any]) -> list[tuple[str, object]]:
    """The same for people."""
    waiting, plan, last, kept = found["waiting"], found["plan"], found["last_run"], found["last_receipt"]
    return [
        ("home", found["home"]),
        ("portal", f"{found['server']} — {'reachable' if found['reachable'] else found['problem']}"),
        *((f"exams {state}", count) for state, count in found["exams"].items()),
        ("waiting", f"{waiting['exams']} exams, {waiting['images']} images, {waiting['bytes']} bytes"),
        ("opted out", f"{found['opted_out']} exams of these stay here"),
        ("mass storage", f"{found['mass_storage']['folder']}, filled {found['mass_storage']['fill']}"),
        ("plan", f"{plan['timing'] or 'none: on demand'}, {plan['unit']}, {plan['target'] or 'no target'}"),
        ("next run", f"owed since {found['due']}" if found["due"] else found["next_run"] or "—"),
        ("last run", f"{last['began_at']} {last['trigger']}: {last['outcome'] or 'not ended'}" if last else "—"),
        ("last receipt", f"no. {kept['sequence']}, held {kept['held_at']}: {kept['file']}" if kept else "—"),
    ]


def _reach(link: Link, database: FilingDatabase) -> tuple[bool, str | None]:
    once = Link(link.server.model_copy(update={"attempts": 1, "timeout_seconds": 5.0}))
    try:
        plan_cache.fetch(once, database)
    except CaptureError as error:
        return False, sentence(error.reason, error.values)
    finally:
        once.close()
    return True, None


def _last_receipt(database: FilingDatabase) -> dict[str, Any] | None:
    file = Path(database.fact("receipt.last") or "")
    if not file.is_file():
        return None
    said = json.loads(file.read_text("utf-8"))
    return {"file": str(file), **{part: said.get(part) for part in ("exam", "sequence", "held_at")}}
