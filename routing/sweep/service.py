"""One sweep: collect, route, deliver, until nothing that was filed before it began waits any more."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.orm import Session

from routing.router.decision import Decision
from routing.router.router import Router
from routing.router.rules import Facts
from routing.sweep import facts
from routing.sweep.collect import Collected, Sweep, collect, count_waiting
from routing.sweep.deliver import deliver
from vault.base.database import Database

log = structlog.get_logger()

RouterLoader = Callable[[Session], Router]
"""The router in use now; called once a sweep, in a transaction that reads."""
Progress = Callable[[int, int], None]


@dataclass
class SweepReport:
    """What a sweep did: requests collected, requests put into queues, of how many areas, how many went to triage."""

    collected: int = 0
    routed: int = 0
    to_triage: int = 0
    seen: set[str] = field(default_factory=set)

    @property
    def areas(self) -> int:
        """Of how many areas the collected requests were."""
        return len(self.seen)

    def as_data(self) -> dict[str, int]:
        """As `kura sweep --json` prints it."""
        return {
            "collected": self.collected,
            "routed": self.routed,
            "areas": self.areas,
            "to_triage": self.to_triage,
        }


def sweep(
    database: Database,
    router_loader: RouterLoader,
    *,
    facilities: Collection[str] | None = None,
    progress: Progress | None = None,
) -> SweepReport:
    """
    Sweep the areas (`facilities`: of these ids only) and return when what was collected is routed.

    Any number of sweeps may run at once. One request that cannot be routed goes to triage and stops nothing; what a
    sweep that died has collected is collected again once its claim ran out.
    """
    run, report = Sweep.begin(facilities), SweepReport()
    with database.read() as session:
        total = count_waiting(session, run)
        router = router_loader(session) if total else None
    while router is not None:
        with database.transaction() as session:
            batch = collect(session, run)
        if batch is None:
            break
        _route(database, router, run, batch, report)
        if progress is not None:
            progress(report.collected, max(total, report.collected))
    return report


def _route(database: Database, router: Router, run: Sweep, batch: Sequence[Collected], report: SweepReport) -> None:
    with database.read() as session:
        known = facts.of_batch(session, run, batch)
    decided = [(one, _decide(router, one, known.get(one.request_id))) for one in batch]
    report.collected += len(batch)
    report.seen.update(one.facility_id for one in batch)
    try:
        with database.transaction() as session:
            went = [deliver(session, run, one, decision) for one, decision in decided]
    except Exception as problem:  # one of them is to blame: each alone, so that it stops no other
        log.warning("batch could not be delivered", requests=len(batch), problem=repr(problem))
        went = [_alone(database, run, one, decision) for one, decision in decided]
    report.routed += sum(to_triage is not None for to_triage in went)
    report.to_triage += went.count(True)


def _decide(router: Router, one: Collected, known: Facts | None) -> Decision | None:
    """What the router says; None, which means triage, where it fails over the request."""
    if known is None:
        return None
    try:
        return router.decide(known)
    except Exception as problem:  # whatever one text does to the router, people can still read it
        log.warning("request could not be routed", request=one.request_id, problem=repr(problem))
        return None


def _alone(database: Database, run: Sweep, one: Collected, decision: Decision | None) -> bool | None:
    """Deliver one request by itself, in the end to triage; None when nothing could be done now."""
    for attempt in (decision, None):
        try:
            with database.transaction() as session:
                return deliver(session, run, one, attempt)
        except Exception as problem:  # the next attempt, or the next sweep
            log.warning("request could not be delivered", request=one.request_id, problem=repr(problem))
    return None
