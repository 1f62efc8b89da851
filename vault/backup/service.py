"""Runs are opened with what the device has, and closed by what has arrived."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.backup import judging, schedule
from vault.backup.models import BackupRun, RunState
from vault.base import audit, clock
from vault.base.errors import IllegalMove, Invalid, NotFound, TooLarge
from vault.base.scope import Role, Scope, get_for, scoped
from vault.contracts import queries as contracts
from vault.exams.models import Exam, ExamImage, ExamState

MOST_DIGESTS = 200_000
_AT_ONCE = 500
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TRIGGER = re.compile(r"[a-z][a-z0-9-]{0,31}")


def open_run(
    session: Session,
    scope: Scope,
    *,
    plan_version: str | None,
    trigger: str,
    exams: Sequence[Mapping[str, Any]],
    part: int = 1,
    parts: int = 1,
) -> BackupRun:
    """
    Open a run of the calling device. `exams` are mappings of `patient_id`, `performed_at` (text) and `digests`.

    `trigger` says what started it (`nightly`, `per-exam`, `on-demand` …); one that carries out a night is linked to it,
    as `part` of `parts` runs. Raises Invalid naming what cannot be taken, `opted_out` among it.
    """
    scope.require(Role.DEVICE)
    if not _TRIGGER.fullmatch(trigger):
        raise Invalid("trigger", field="trigger")
    if plan_version is not None and len(plan_version) > 64:
        raise Invalid("plan_version", field="plan_version")
    expected = [_checked(exam, f"exams.{number}") for number, exam in enumerate(exams)]
    if sum(len(exam["digests"]) for exam in expected) > MOST_DIGESTS:
        raise TooLarge("backup_run", limit=MOST_DIGESTS)
    if not 1 <= part <= parts:
        raise Invalid("part", field="part")
    target = contracts.target_of_caller(session, scope)
    _refuse_opted_out(session, scope, target, exams)
    due = schedule.row_for(session, scope, target, trigger)
    run = BackupRun(
        facility_id=scope.area,
        device_id=scope.device_id,
        plan_version=plan_version,
        trigger=trigger,
        expected=expected,
        missing=[],
        opened_at=clock.now(),
        due_id=None if due is None else due.id,
        part=part,
        parts=parts,
    )
    session.add(run)
    session.flush()
    if run.due_id is not None:
        judging.note(session, scope, run.due_id)
    return run


def close_run(session: Session, scope: Scope, run_id: str, *, state: str, error: str | None = None) -> BackupRun:
    """
    Close the device's run and check it: one that misses anything has failed, whatever the device says.

    A failed run may be closed again once the rest has arrived. IllegalMove where a finished run is said to have failed.
    """
    scope.require(Role.DEVICE)
    if state not in (RunState.FINISHED, RunState.FAILED):
        raise Invalid("state", field="state", known=[RunState.FINISHED.value, RunState.FAILED.value])
    run = get_for(session, scope, BackupRun, run_id, lock=True)
    if run.device_id != scope.device_id:
        raise NotFound("backuprun")
    if run.state == RunState.FINISHED and state != RunState.FINISHED:
        raise IllegalMove("backup_run")
    run.missing = missing(session, scope, run.expected)
    run.state = RunState.FAILED.value if run.missing else state
    run.error = (error or "")[:2000] or ("missing" if run.missing else None)
    run.closed_at = clock.now()
    session.flush()
    if run.due_id is not None:
        judging.note(session, scope, run.due_id)
    audit.record(session, scope, f"backup.{run.state}", items=[f"backup-run:{run.id}"])
    return run


def missing(session: Session, scope: Scope, expected: Sequence[Mapping[str, Any]]) -> list[str]:
    """The digests of `expected` that no held exam of the caller's area has, in their order."""
    listed = list(dict.fromkeys(digest for exam in expected for digest in exam["digests"]))
    held: set[str] = set()
    for some in _batches(listed):
        statement = (
            scoped(select(ExamImage.sha256), scope, ExamImage)
            .join(Exam, Exam.id == ExamImage.exam_id)
            .where(ExamImage.sha256.in_(some), Exam.state == ExamState.HELD)
        )
        held.update(session.scalars(statement))
    return [digest for digest in listed if digest not in held]


def _refuse_opted_out(session: Session, scope: Scope, target: str | None, exams: Sequence[Mapping[str, Any]]) -> None:
    """Of a patient who is out not even a digest is listed."""
    if not exams:
        return
    agreed = contracts.agreed(session, scope, target)
    out = {patient for patient in {str(exam["patient_id"]) for exam in exams} if agreed.opted_out(patient)}
    for number, exam in enumerate(exams):
        if exam["patient_id"] in out:
            raise Invalid("opted_out", field=f"exams.{number}.patient_id")


def _checked(exam: Mapping[str, Any], place: str) -> dict[str, Any]:
    digests = [str(digest).lower() for digest in exam["digests"]]
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise Invalid("sha256", field=f"{place}.digests")
    return {"patient_id": exam["patient_id"], "performed_at": exam["performed_at"], "digests": digests}


def _batches(items: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(items)
    while batch := list(islice(rest, _AT_ONCE)):
        yield batch
