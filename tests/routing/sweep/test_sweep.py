"""The sweep: in the order filed, fairly across areas, each request once, whoever dies or fails on the way."""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from routing.queue import facility, views
from routing.queue.models import Assignment
from routing.requests import service
from routing.requests.models import Request, RequestEvent
from routing.router.decision import Decision
from routing.router.rules import Facts
from routing.sweep.collect import BATCH, CLAIM, Sweep, collect
from routing.sweep.service import sweep
from tests.routing.world import ON_BOTH, Fixed, World
from tests.services.clock import HeldClock
from vault.base.database import Database
from vault.base.scope import Scope

pytestmark = ON_BOTH


def file(world: World, scope: Scope, count: int, **values: str) -> list[str]:
    """The ids of so many requests, filed in one go."""
    with world.transaction() as session:
        return [
            service.file(session, scope, **{"subject": f"{number}", "body": "帯", **values}).request.id  # type: ignore[arg-type]
            for number in range(count)
        ]


def states(world: World) -> Counter[str]:
    with world.database.read() as session:
        return Counter(session.scalars(select(Request.state)))


def assignments(world: World) -> Counter[str]:
    """How many assignments each request has."""
    with world.database.read() as session:
        return Counter(session.scalars(select(Assignment.request_id)))


def test_a_noisy_area_does_not_keep_the_others_waiting(clock: HeldClock, world: World) -> None:
    noisy = file(world, world.aoba, BATCH)
    clock.forward(timedelta(seconds=1))
    quiet = file(world, world.midori, 2)
    urgent = file(world, world.midori, 1, urgency="urgent")
    run = Sweep.begin()
    with world.transaction() as session:
        batch = collect(session, run)
    assert batch is not None
    order = [one.request_id for one in batch]
    assert order[:5] == [*urgent, noisy[0], quiet[0], noisy[1], quiet[1]]
    assert [id_ for id_ in order if id_ in noisy] == noisy[: len(order) - 3]


def test_three_sweeps_at_once_route_every_request_once(world: World) -> None:
    filed = file(world, world.aoba, BATCH + 30) + file(world, world.midori, 30)
    reports = []

    def run() -> None:
        reports.append(sweep(world.database, lambda _session: Fixed("repair", "clinical")))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.collected for report in reports) == sum(report.routed for report in reports) == len(filed)
    assert assignments(world) == Counter(dict.fromkeys(filed, 2))
    assert states(world) == {"delivered": len(filed)}
    assert len(_events(world, "request.delivered")) == len(filed)


def _die_between(url: str, ready: "multiprocessing.synchronize.Event") -> None:
    """Collect a batch, and stand still where routing would begin."""
    database = Database(url)
    with database.transaction() as session:
        collect(session, Sweep.begin())
    ready.set()
    signal.pause()


def test_what_a_killed_sweep_had_collected_is_found_again(clock: HeldClock, world: World) -> None:
    filed = file(world, world.aoba, 3)
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    process = context.Process(target=_die_between, args=(world.database.url, ready))
    process.start()
    assert ready.wait(30)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)
    assert states(world) == {"swept": 3}
    assert world.sweep().collected == 0
    clock.forward(CLAIM + timedelta(seconds=1))
    report = sweep(world.database, lambda _session: Fixed("repair"))
    assert (report.collected, report.routed) == (3, 3)
    assert assignments(world) == Counter(filed)


class Choking(Fixed):
    """Routes to Repair, but for one subject, over which it fails."""

    def decide(self, facts: Facts) -> Decision:
        if facts.subject == "1":
            raise RuntimeError("this text is too much")
        return super().decide(facts)


def test_one_bad_request_goes_to_triage_and_stops_no_other(world: World) -> None:
    file(world, world.aoba, 4)
    report = sweep(world.database, lambda _session: Choking("repair"))
    assert (report.collected, report.routed, report.to_triage) == (4, 4, 1)
    with world.database.read() as session:
        (row,) = views.queue(session, world.admin).items
        assert (row["request"]["subject"], row["reasons"]) == ("1", [{"code": "router_failed"}])
        assert len(views.queue(session, world.repair).items) == 3


class Poisoned(Fixed):
    """Decides something for one subject that cannot be written down."""

    def decide(self, facts: Facts) -> Decision:
        decision = super().decide(facts)
        if facts.subject == "2":
            object.__setattr__(decision.choices[0].reasons[0], "values", {"words": object()})
        return decision


def test_a_decision_that_cannot_be_stored_costs_only_its_own_request(world: World) -> None:
    file(world, world.aoba, 5)
    report = sweep(world.database, lambda _session: Poisoned("repair"))
    assert (report.routed, report.to_triage) == (5, 1)
    assert states(world) == {"delivered": 5}
    assert set(assignments(world).values()) == {1}


def test_a_request_withdrawn_after_it_was_collected_stays_withdrawn(world: World) -> None:
    filed = file(world, world.aoba, 2)

    class Slow(Fixed):
        def decide(self, facts: Facts) -> Decision:
            if facts.subject == "0":
                with world.transaction() as session:
                    facility.withdraw(session, world.aoba, filed[0])
            return super().decide(facts)

    report = sweep(world.database, lambda _session: Slow("repair"))
    assert (report.collected, report.routed) == (2, 1)
    assert states(world) == {"withdrawn": 1, "delivered": 1}


def test_only_the_areas_asked_for_are_swept(world: World) -> None:
    file(world, world.aoba, 1)
    file(world, world.midori, 1)
    report = sweep(world.database, lambda _session: Fixed("repair"), facilities=[world.midori.area])
    assert (report.collected, report.areas) == (1, 1)
    assert states(world) == {"filed": 1, "delivered": 1}


def test_progress_is_told_batch_by_batch(world: World) -> None:
    file(world, world.aoba, BATCH + 1)
    told: list[tuple[int, int]] = []
    sweep(world.database, lambda _session: Fixed("repair"), progress=lambda done, of: told.append((done, of)))
    assert told == [(BATCH, BATCH + 1), (BATCH + 1, BATCH + 1)]


@pytest.mark.parametrize("codes", [(), ("nobody",)])
def test_where_nothing_fits_triage_has_it(world: World, codes: tuple[str, ...]) -> None:
    file(world, world.aoba, 1)
    assert sweep(world.database, lambda _session: Fixed(*codes)).to_triage == 1
    with world.database.read() as session:
        (row,) = views.queue(session, world.admin, department="triage").items
    assert row["state"] == "waiting"


def test_an_urgent_request_is_swept_as_soon_as_the_news_is_heard(world: World) -> None:
    file(world, world.aoba, 1, urgency="urgent", subject="修理")
    world.relay()
    assert states(world) == {"delivered": 1}


def test_the_timeline_tells_why(world: World) -> None:
    with world.transaction() as session:
        service.file(session, world.aoba, subject="請求書", body="支払いについて")
    world.sweep()
    (told,) = _events(world, "request.delivered")
    assert told.values["departments"][0]["department"] == "accounts"
    assert told.values["departments"][0]["reasons"][0]["words"]
    assert len(_events(world, "request.swept")) == 1


def _events(world: World, code: str) -> list[RequestEvent]:
    with world.database.read() as session:
        rows = list(session.scalars(select(RequestEvent).where(RequestEvent.code == code)))
        session.expunge_all()
    return rows
