"""Delivering: what the router decided becomes assignments, with their reasons, in each department's queue."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.departments import service as desks
from routing.departments.models import Department
from routing.queue import lifecycle as queue
from routing.requests import lifecycle as requests
from routing.requests.models import Request
from routing.requests.states import RequestState
from routing.router.decision import Choice, Decision
from routing.sweep.collect import Collected, Sweep
from vault.base.scope import scoped

FAILED = "router_failed"
"""The reason of a request that could not be routed: people look at it instead."""


def deliver(session: Session, run: Sweep, one: Collected, decision: Decision | None) -> bool | None:
    """
    Put a collected request into the queues it belongs to, or into triage's; True when it went to triage.

    None for a request that is no longer this run's (withdrawn, or taken by another sweep): it is left alone.
    """
    mine = scoped(select(Request), one.scope, Request).where(
        Request.id == one.request_id,
        Request.state == RequestState.SWEPT.value,
        Request.sweep_holder == run.holder,
    )
    request = session.scalar(mine.with_for_update())
    if request is None:
        return None
    by_code = _departments(session, decision)
    chosen = [choice for choice in decision.choices if choice.department in by_code] if decision else []
    for choice in chosen:
        queue.create(
            session,
            request,
            by_code[choice.department].id,
            probability=choice.probability,
            reasons=choice.reasons_as_data(),
        )
    # A rule may ask for the triage desk beside the departments it concerns.
    to_triage = not chosen or (decision is not None and decision.triage is not None)
    if to_triage:
        queue.create(session, request, desks.ensure_triage(session).id, reasons=_why_triage(decision))
    request.sweep_holder = request.sweep_until = None
    requests.note(session, one.scope, request, "request.delivered", **_told(chosen, decision))
    requests.move(session, request, RequestState.DELIVERED)
    return to_triage


def _departments(session: Session, decision: Decision | None) -> dict[str, Department]:
    """The departments decided on that still work, by code."""
    codes = decision.departments if decision else ()
    statement = select(Department).where(Department.code.in_(codes), Department.active)
    return {department.code: department for department in session.scalars(statement)}


def _why_triage(decision: Decision | None) -> list[dict[str, Any]]:
    if decision is None or decision.triage is None:
        return [{"code": FAILED}]
    return [decision.triage.as_data()]


def _told(chosen: list[Choice], decision: Decision | None) -> dict[str, Any]:
    """What the timeline says: to whom, how probable, and why in words."""
    if not chosen:
        return {"departments": [], "triage": _why_triage(decision)}
    return {
        "departments": [
            {"department": one.department, "probability": one.probability, "reasons": one.reasons_as_data()}
            for one in chosen
        ]
    }
