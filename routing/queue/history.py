"""History from another help desk: closed requests with their answers, a thousand a transaction, each once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from routing.departments import service as departments
from routing.departments.models import Department
from routing.queue import history_lines
from routing.queue.events import HistoryImported
from routing.queue.history_lines import OldAnswer, OldRequest
from routing.queue.models import Answer, Assignment
from routing.queue.states import AnswerState, AssignmentState
from routing.requests.models import NORMAL, Request
from routing.requests.states import RequestState
from vault.base import audit, clock, ids
from vault.base.database import Database
from vault.base.errors import AppError
from vault.base.outbox import publish
from vault.base.scope import Scope
from vault.tenancy.grants import Granted
from vault.tenancy.models import Facility, Grant

BATCH = 1000
CHANNEL = "import"


@dataclass
class HistoryReport:
    """What an import did: lines read, requests imported, lines known from before, and those refused with the field."""

    read: int = 0
    imported: int = 0
    known: int = 0
    answers: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    unknown_departments: set[str] = field(default_factory=set)

    def as_data(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "read": self.read,
            "imported": self.imported,
            "known": self.known,
            "answers": self.answers,
            "refused": [{"line": line, "field": name} for line, name in self.refused],
            "unknown_departments": sorted(self.unknown_departments),
        }


@dataclass
class _Rows:
    """What one batch adds, a list for each table."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    assignments: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    grants: list[dict[str, Any]] = field(default_factory=list)


def import_history(
    database: Database, lines: Iterable[str], *, progress: Callable[[int], None] | None = None
) -> HistoryReport:
    """
    Import the lines of a JSONL file; `progress` is told how many were read.

    A line that was imported before is known by its digest and left alone, so that a run that was cut off is finished by
    running it again. A line that cannot be taken is refused by number and field, and stops nothing. Departments that
    nobody has are kept by their code, inactive. Imported requests are closed: nothing is swept, routed or told.
    """
    report = HistoryReport()
    for batch in _batches(lines):
        read = _read(batch, report)
        with database.transaction() as session:
            _import(session, read, report)
        if progress is not None:
            progress(report.read)
    return report


def _batches(lines: Iterable[str]) -> Iterator[list[tuple[int, str]]]:
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    while batch := list(islice(numbered, BATCH)):
        yield batch


def _read(batch: Sequence[tuple[int, str]], report: HistoryReport) -> dict[str, tuple[int, OldRequest]]:
    """Requests by key with their line's number; the same line twice is one."""
    found: dict[str, tuple[int, OldRequest]] = {}
    for number, line in batch:
        report.read += 1
        try:
            request = history_lines.read(line)
        except AppError as problem:
            report.refused.append((number, history_lines.named(problem)))
            continue
        if request.key in found:
            report.known += 1
        else:
            found[request.key] = (number, request)
    return found


def _import(session: Session, read: dict[str, tuple[int, OldRequest]], report: HistoryReport) -> None:
    known = set(session.scalars(select(Request.import_key).where(Request.import_key.in_(read))))
    report.known += len(known)
    new = [entry for key, entry in read.items() if key not in known]
    codes = {request.facility for _, request in new}
    areas = {row.code: row.id for row in session.scalars(select(Facility).where(Facility.code.in_(codes)))}
    report.refused += [(number, "facility") for number, request in new if request.facility not in areas]
    requests = [request for _, request in new if request.facility in areas]
    if not requests:
        return
    desks = _departments(session, requests, report)
    rows = _Rows()
    for request in requests:
        _add(rows, request, areas[request.facility], desks)
    _insert(session, rows)
    report.imported += len(rows.requests)
    report.answers += len(rows.answers)
    for facility_id in sorted({row["facility_id"] for row in rows.requests}):
        audit.record(session, Scope.system(facility_id), "requests.imported")
    publish(session, HistoryImported(None, [row["id"] for row in rows.requests]))


def _departments(session: Session, requests: Sequence[OldRequest], report: HistoryReport) -> dict[str, str]:
    codes = {code for request in requests for code in request.codes}
    held = departments.known_from_history(session, codes)
    inactive = select(Department.code).where(Department.code.in_(codes), Department.active.is_(False))
    report.unknown_departments.update(session.scalars(inactive))
    return held


def _add(rows: _Rows, request: OldRequest, facility_id: str, desks: dict[str, str]) -> None:
    owner = {"facility_id": facility_id, "request_id": ids.new()}
    last = max((answer.at for answer in request.answers), default=request.filed_at)
    rows.requests.append(
        {
            "id": owner["request_id"],
            "facility_id": facility_id,
            "subject": request.subject,
            "body": request.body,
            "state": RequestState.CLOSED.value,
            "urgency": NORMAL,
            "urgency_reason": "",
            "channel": CHANNEL,
            "caller": "",
            "filed_by": "",
            "filed_at": request.filed_at,
            "moved_at": last,
            "import_key": request.key,
            "version": 1,
        }
    )
    for answer in request.answers:
        assignment = _assignment(owner, desks[answer.department], request, answer)
        rows.assignments.append(assignment)
        rows.answers.append(_answer(owner, assignment, answer))
    answered = {answer.department for answer in request.answers}
    rows.assignments += [
        _assignment(owner, desks[code], request, None) for code in request.departments if code not in answered
    ]
    rows.grants += [_grant(owner, desks[code]) for code in request.codes]


def _assignment(
    owner: dict[str, str], department_id: str, request: OldRequest, answer: OldAnswer | None
) -> dict[str, Any]:
    at = request.filed_at if answer is None else answer.at
    return {
        **owner,
        "id": ids.new(),
        "department_id": department_id,
        "state": AssignmentState.ANSWERED.value,
        "is_open": False,
        "due_at": at,
        "reasons": [{"code": "imported"}],
        "created_at": request.filed_at,
        "moved_at": at,
        "version": 1,
    }


def _answer(owner: dict[str, str], assignment: dict[str, Any], answer: OldAnswer) -> dict[str, Any]:
    return {
        **owner,
        "id": ids.new(),
        "assignment_id": assignment["id"],
        "department_id": assignment["department_id"],
        "body": answer.body,
        "state": AnswerState.RECEIVED.value,
        "by": "",
        "at": answer.at,
        "ready_at": answer.at,
        "shown_at": answer.at,
        "picked_up_at": answer.at,
        "version": 1,
        "reason": "",
    }


def _grant(owner: dict[str, str], department_id: str) -> dict[str, Any]:
    return {
        **owner,
        "id": ids.new(),
        "department_id": department_id,
        "kind": Granted.REQUEST.value,
        "subject_id": owner["request_id"],
        "created_at": clock.now(),
    }


def _insert(session: Session, rows: _Rows) -> None:
    for model, values in (
        (Request, rows.requests),
        (Assignment, rows.assignments),
        (Answer, rows.answers),
        (Grant, rows.grants),
    ):
        if values:
            session.execute(insert(model), values)
