"""Claims: exactly one person has an assignment, a lease ends what was left behind, and strangers see nothing."""

import threading

import pytest

from routing.queue import claims, service, views
from tests.routing.queue.steps import assignment, delivered
from tests.routing.world import ON_BOTH, World
from tests.services.clock import HeldClock
from vault.base.errors import Conflict, Denied, NotFound
from vault.base.scope import Scope

pytestmark = ON_BOTH


def both_claim(world: World, assignment_id: str) -> list[str]:
    """What came of two people's claims at the same moment: `won`, or the holder's name."""
    start, came = threading.Barrier(2), []

    def claim(scope: Scope) -> None:
        start.wait()
        try:
            with world.transaction() as session:
                claims.claim(session, scope, assignment_id)
            came.append("won")
        except Conflict as refused:
            came.append(str(refused.values["holder"]))

    threads = [threading.Thread(target=claim, args=(one,)) for one in (world.repair, world.repair_colleague)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_of_two_people_who_claim_at_once_exactly_one_wins(world: World) -> None:
    for _ in range(5):
        delivered(world)
        assignment_id = assignment(world, world.repair)
        came = both_claim(world, assignment_id)
        with world.database.read() as session:
            holder = views.row(session, world.repair, assignment_id)["holder"]
        assert sorted(came) == sorted(["won", holder])


def test_a_claimed_one_is_refused_with_the_name_of_its_holder(world: World) -> None:
    delivered(world)
    assignment_id = assignment(world, world.repair)
    with world.transaction() as session:
        claims.claim(session, world.repair, assignment_id)
    for scope in (world.repair_colleague, world.repair):
        with pytest.raises(Conflict) as refused, world.transaction() as session:
            claims.claim(session, scope, assignment_id)
        assert refused.value.values["holder"] == world.repair.name


def test_a_lease_that_ran_out_lets_a_colleague_take_over(clock: HeldClock, world: World) -> None:
    delivered(world)
    assignment_id = assignment(world, world.repair)
    with world.transaction() as session:
        claims.claim(session, world.repair, assignment_id)
        service.ask(session, world.repair, assignment_id, "型番は?")
    clock.forward(claims.LEASE / 2)
    with world.transaction() as session:
        assert claims.renew(session, world.repair, assignment_id)
        assert not claims.renew(session, world.repair_colleague, assignment_id)
    clock.forward(claims.LEASE)
    with pytest.raises(Conflict), world.transaction() as session:
        claims.claim(session, world.repair_colleague, assignment_id)
    clock.forward(claims.LEASE)
    with world.transaction() as session:
        taken = claims.claim(session, world.repair_colleague, assignment_id)
    assert (taken.holder, taken.state) == (world.repair_colleague.name, "asked")
    with pytest.raises(Conflict), world.transaction() as session:
        service.ask(session, world.repair, assignment_id, "もう一つ")


def test_only_the_holder_gives_it_back(world: World) -> None:
    delivered(world)
    assignment_id = assignment(world, world.repair)
    with world.transaction() as session:
        claims.claim(session, world.repair, assignment_id)
    with pytest.raises(Conflict), world.transaction() as session:
        claims.release(session, world.repair_colleague, assignment_id)
    with world.transaction() as session:
        claims.release(session, world.repair, assignment_id)
    with world.transaction() as session:
        claims.claim(session, world.repair_colleague, assignment_id)


def test_another_department_finds_nothing(world: World) -> None:
    delivered(world)
    assignment_id = assignment(world, world.repair)
    for scope in (world.clinical, world.admin):
        with pytest.raises(NotFound), world.transaction() as session:
            claims.claim(session, scope, assignment_id)
        with pytest.raises(NotFound), world.transaction() as session:
            views.assignment(session, scope, assignment_id)
        with world.database.read() as session, pytest.raises(NotFound):
            views.queue(session, scope, department="repair")
    with pytest.raises(Denied), world.transaction() as session:
        claims.claim(session, world.aoba, assignment_id)
