"""The facility's side: pick up by name, withdraw, close, reopen, rate; and no stranger finds any of it."""

from datetime import timedelta
from typing import Any

import pytest

from routing.queue import answers, facility, views
from routing.requests import service
from tests.routing.queue.steps import answered, assignment, delivered, request
from tests.routing.world import World
from tests.services.clock import HeldClock
from vault.base.errors import IllegalMove, Invalid, NotFound


def test_a_device_shows_and_a_person_receives(world: World) -> None:
    request_id = answered(world, world.repair)
    answer_id = request(world, request_id)["answers"][0]["id"]
    for _ in range(2):
        with world.transaction() as session:
            facility.pickup(session, world.terminal, answer_id)
        assert request(world, request_id)["state"] == "answered"
    for person in ("aoba-nurse", "aoba-admin"):
        with world.transaction() as session:
            facility.pickup(session, world.terminal, answer_id, person=person)
    seen = request(world, request_id)
    assert (seen["state"], seen["answers"][0]["picked_up_by"]) == ("picked-up", world.aoba.name)
    codes = [event["code"] for event in seen["events"]]
    assert (codes.count("answer.shown"), codes.count("answer.received")) == (1, 1)


def test_picked_up_means_every_answer(world: World) -> None:
    request_id = answered(world, world.repair, world.clinical)
    first, second = (answer["id"] for answer in request(world, request_id)["answers"])
    with world.transaction() as session:
        facility.pickup(session, world.aoba, first)
    assert request(world, request_id)["state"] == "answered"
    with world.transaction() as session:
        facility.pickup(session, world.aoba, second)
    assert request(world, request_id)["state"] == "picked-up"


def test_a_request_picked_up_closes_by_itself_after_seven_days(clock: HeldClock, world: World) -> None:
    request_id, left = answered(world, world.repair), answered(world, world.repair)
    with world.transaction() as session:
        facility.pickup(session, world.aoba, request(world, request_id)["answers"][0]["id"])
    clock.forward(timedelta(days=7) - timedelta(seconds=1))
    with world.transaction() as session:
        assert service.close_forgotten(session) == 0
    clock.forward(timedelta(seconds=1))
    with world.transaction() as session:
        assert service.close_forgotten(session) == 1
    assert request(world, request_id)["state"] == "closed"
    assert request(world, left)["state"] == "answered"


def test_reopened_it_lies_with_the_departments_that_answered(world: World) -> None:
    request_id = answered(world, world.repair, world.clinical)
    with world.transaction() as session:
        service.close(session, world.aoba, request_id)
    with world.transaction() as session:
        facility.reopen(session, world.aoba, request_id, body="また出ました")
    seen = request(world, request_id)
    assert seen["state"] == "reopened"
    assert sorted(one["department"] for one in seen["assignments"] if one["state"] == "waiting") == [
        "clinical",
        "repair",
    ]
    for scope in (world.repair, world.clinical):
        with world.transaction() as session:
            answers.answer(session, scope, assignment(world, scope), body="もう一度")
    assert request(world, request_id)["state"] == "answered"


def test_what_is_open_is_neither_closed_nor_rated_nor_reopened(world: World) -> None:
    request_id = delivered(world)
    with world.transaction() as session:
        with pytest.raises(IllegalMove):
            service.close(session, world.aoba, request_id)
        with pytest.raises(IllegalMove):
            service.rate(session, world.aoba, request_id, stars=5)
        with pytest.raises(IllegalMove):
            facility.reopen(session, world.aoba, request_id)


def test_what_is_answered_is_not_withdrawn(world: World) -> None:
    request_id = answered(world, world.repair)
    with pytest.raises(IllegalMove), world.transaction() as session:
        facility.withdraw(session, world.aoba, request_id)


def test_withdrawn_it_leaves_every_queue(world: World) -> None:
    request_id = delivered(world, "repair", "clinical")
    with world.transaction() as session:
        facility.withdraw(session, world.aoba, request_id)
    with world.database.read() as session:
        assert not views.queue(session, world.repair).items
        assert not views.queue(session, world.clinical).items


def test_the_last_rating_counts(world: World) -> None:
    request_id = answered(world, world.repair)
    for stars in (2, 5):
        with world.transaction() as session:
            service.rate(session, world.aoba, request_id, stars=stars, comment="早い")
    assert request(world, request_id)["rating"] == {"stars": 5, "comment": "早い"}
    with pytest.raises(Invalid), world.transaction() as session:
        service.rate(session, world.aoba, request_id, stars=6)


def test_a_stranger_finds_none_of_it(world: World) -> None:
    request_id = answered(world, world.repair)
    answer_id = request(world, request_id)["answers"][0]["id"]
    acts: list[Any] = [
        lambda s: views.request(s, world.midori, request_id),
        lambda s: views.answer(s, world.midori, answer_id),
        lambda s: facility.pickup(s, world.midori, answer_id),
        lambda s: facility.reply(s, world.midori, request_id, body="x"),
        lambda s: facility.withdraw(s, world.midori, request_id),
        lambda s: facility.reopen(s, world.midori, request_id),
        lambda s: service.close(s, world.midori, request_id),
        lambda s: service.rate(s, world.midori, request_id, stars=1),
    ]
    for act in acts:
        with pytest.raises(NotFound), world.transaction() as session:
            act(session)
    with world.database.read() as session:
        assert not views.requests(session, world.midori).items
        assert not views.answers(session, world.midori).items
