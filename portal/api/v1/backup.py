"""`/backup-plan` and `/backup-runs`: what a device is to back up, and how it went."""

from typing import Literal

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from portal import transactions
from portal.api.v1.base import Body, Moment, bp
from portal.guards import requires
from portal.scope import current
from vault.backup import queries, service
from vault.base.scope import Role
from vault.contracts.plan import Plan, plan


class ListedExam(Body):
    """An exam that the device has, by the digests of its images."""

    patient_id: str
    performed_at: Moment
    digests: list[str] = Field(max_length=10_000)


class Part(Body):
    """Which of how many runs it is, where one backup is cut into several (by patient, by exam)."""

    number: int = Field(ge=1, le=1_000_000)
    of: int = Field(ge=1, le=1_000_000)


class NewRun(Body):
    """What the device is about to back up, by which plan and why now; `nightly` carries out the night that is due."""

    plan_version: str | None = None
    trigger: str
    exams: list[ListedExam] = Field([], max_length=10_000)
    part: Part = Part(number=1, of=1)


class EndOfRun(Body):
    """How the run ended at the device."""

    state: Literal["finished", "failed"]
    error: str | None = None


@bp.get("/backup-plan")
@requires(Role.DEVICE)
def backup_plan() -> ResponseReturnValue:
    """
    The plan of this device; 304 while it has not changed. A nightly one says as `due` since when this device owes the
    night's run, null while it owes none: the portal's clock counts, not the device's. Where something that it backed up
    was damaged since, `damaged` lists its keys of those exams, so that it sends them again. Where the installation was
    restored from a backup, `restored` says by an id that it was, and `since` when exams may be missing that were held.
    """
    session = transactions.session()
    found = plan(session, current())
    more = {"damaged": queries.damaged(session, current()), "restored": queries.restored(session)}
    found = Plan(found.body | {name: value for name, value in more.items() if value})
    if found.is_nightly:
        found = Plan(found.body | {"due": queries.due(session, current())})
    if request.if_none_match.contains(found.etag):
        return Response(status=304, headers={"ETag": f'"{found.etag}"'})
    answer = jsonify(found.body)
    answer.set_etag(found.etag)
    return answer


@bp.post("/backup-runs")
@requires(Role.DEVICE)
@bp.input(NewRun, arg_name="body")
def backup_run_open(body: NewRun) -> ResponseReturnValue:
    """Open a run: the server keeps what the device listed, to check what arrives."""
    run = service.open_run(
        transactions.session(),
        current(),
        plan_version=body.plan_version,
        trigger=body.trigger,
        exams=[exam.model_dump(mode="json") for exam in body.exams],
        part=body.part.number,
        parts=body.part.of,
    )
    return {"id": run.id}, 201


@bp.patch("/backup-runs/<run_id>")
@requires(Role.DEVICE)
@bp.input(EndOfRun, arg_name="body")
def backup_run_close(run_id: str, body: EndOfRun) -> ResponseReturnValue:
    """End a run: `missing` lists the digests that were listed and are not held."""
    run = service.close_run(transactions.session(), current(), run_id, state=body.state, error=body.error)
    return {"state": run.state, "missing": run.missing}
