"""`/healthz`, `/readyz` and `/metrics`: for whoever operates the installation."""

from apiflask import APIBlueprint
from flask import Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from portal import checks, metrics, transactions
from portal.checks import Health
from portal.guards import own_transactions, public
from routing.queue.models import Assignment
from routing.requests.models import Request
from routing.requests.states import RequestState
from vault.base import clock
from vault.base.jobs import Job, JobState

bp = APIBlueprint("operations", __name__, enable_openapi=False)


@bp.get("/healthz")
@public
@own_transactions
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(state="well")


@bp.get("/readyz")
@public
@own_transactions
def readyz() -> ResponseReturnValue:
    """Every part that serving needs is well; 503 names those that are not."""
    findings = list(checks.run(transactions.installation()))
    unwell = [found.part for found in findings if found.health is Health.UNWELL]
    return jsonify(state="unwell" if unwell else "well", unwell=unwell), 503 if unwell else 200


@bp.get("/metrics")
@public
@own_transactions
def scrape() -> Response:
    """Prometheus text: answers given, the sweep's lag, jobs and queues."""
    return metrics.text(_Desk())


class _Desk(Collector):
    """Figures of the desk, read from the database at each scrape."""

    def collect(self) -> list[GaugeMetricFamily]:
        with transactions.database().read() as session:
            oldest = session.scalar(select(func.min(Request.filed_at)).where(Request.state == RequestState.FILED))
            jobs = session.execute(
                select(Job.state, func.count()).where(Job.state != JobState.DONE).group_by(Job.state)
            )
            desk = session.execute(select(Assignment.state, func.count()).group_by(Assignment.state))
            lag = (clock.now() - oldest).total_seconds() if oldest else 0.0
            return [
                GaugeMetricFamily("kura_sweep_lag_seconds", "Age of the oldest request not collected yet", value=lag),
                _by_state("kura_jobs", "Jobs that are not done", [(state, count) for state, count in jobs]),
                _by_state("kura_assignments", "Assignments", [(state, count) for state, count in desk]),
            ]


def _by_state(name: str, words: str, rows: list[tuple[str, int]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=["state"])
    for state, count in rows:
        family.add_metric([str(state)], count)
    return family
