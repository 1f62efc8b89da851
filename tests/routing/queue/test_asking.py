"""Asking back, interim words, transfer and notes: each side sees what is meant for it, nothing after handing over."""

from datetime import timedelta

import pytest

from routing.queue import claims, facility, service, views
from tests.routing.queue.steps import assignment, delivered, request
from tests.routing.world import World
from tests.services.clock import HeldClock
from vault.base.errors import Conflict, IllegalMove, Invalid, NotFound
from vault.tenancy import grants
from vault.tenancy.grants import Granted


def test_a_reply_returns_the_request_to_whoever_asked(world: World) -> None:
    request_id = delivered(world, "repair", "clinical")
    for scope in (world.repair, world.clinical):
        with world.transaction() as session:
            service.ask(session, scope, assignment(world, scope), "いつからですか")
    assert request(world, request_id)["state"] == "asked"
    with world.transaction() as session:
        facility.reply(session, world.terminal, request_id, body="昨日から", person="aoba-nurse")
    seen = request(world, request_id)
    assert seen["state"] == "delivered"
    assert {one["state"] for one in seen["assignments"]} == {"claimed"}
    assert [(one["kind"], one["side"]) for one in seen["messages"]] == [
        ("question", "provider"),
        ("question", "provider"),
        ("reply", "staff" if world.terminal.person_id else "device"),
    ]
    assert seen["messages"][2]["author"] == world.aoba.name


def test_more_can_be_said_at_any_time_until_it_is_closed(world: World) -> None:
    request_id = delivered(world)
    with world.transaction() as session:
        facility.reply(session, world.aoba, request_id, body="急ぎません")
    assert [one["kind"] for one in request(world, request_id)["messages"]] == ["word"]
    with world.transaction() as session:
        facility.withdraw(session, world.aoba, request_id)
    with pytest.raises(IllegalMove), world.transaction() as session:
        facility.reply(session, world.aoba, request_id, body="やっぱり")


def test_an_interim_word_is_a_promise_with_a_date(clock: HeldClock, world: World) -> None:
    request_id = delivered(world)
    until = clock.forward(timedelta(minutes=1)) + timedelta(days=4)
    with pytest.raises(Invalid) as refused, world.transaction() as session:
        service.interim(session, world.repair, assignment(world, world.repair), body="部品待ち", until=clock.set(until))
    assert refused.value.field == "until"
    clock.set(until - timedelta(days=4))
    with world.transaction() as session:
        service.interim(session, world.repair, assignment(world, world.repair), body="部品待ち", until=until)
    seen = request(world, request_id)
    assert seen["assignments"][0]["promise"] == until
    assert (seen["state"], seen["messages"][0]["until"]) == ("delivered", until)
    with world.database.read() as session:
        assert views.queue(session, world.repair).items[0]["due_at"] == until


def test_handing_over_takes_the_sight_along(world: World) -> None:
    request_id = delivered(world, exams=[world.exam], files=[world.path])
    assignment_id = assignment(world, world.repair)
    with world.transaction() as session:
        service.transfer(session, world.repair, assignment_id, to=["clinical", "accounts"], reason="薬剤の話")
    with pytest.raises(NotFound), world.transaction() as session:
        views.assignment(session, world.repair, assignment_id)
    with world.database.read() as session:
        with pytest.raises(NotFound):
            grants.may_read(session, world.repair, Granted.EXAM, world.exam)
        assert grants.may_read(session, world.clinical, Granted.EXAM, world.exam) == world.aoba.area
        assert not views.queue(session, world.repair).items
        assert views.row(session, world.repair, assignment_id)["state"] == "transferred"
    for scope in (world.clinical, world.accounts):
        with world.transaction() as session:
            view = views.assignment(session, scope, assignment(world, scope))
        assert view["reasons"] == [{"code": "transferred", "by": world.repair.name, "reason": "薬剤の話"}]
        assert view["request"]["exams"][0]["id"] == world.exam
    assert request(world, request_id)["state"] == "delivered"


def test_handing_over_to_who_has_it_already_makes_no_second_one(world: World) -> None:
    request_id = delivered(world, "repair", "clinical")
    with world.transaction() as session:
        service.transfer(session, world.repair, assignment(world, world.repair), to=["clinical"], reason="薬剤")
    assert sorted(one["state"] for one in request(world, request_id)["assignments"]) == ["transferred", "waiting"]


@pytest.mark.parametrize("to", [[], ["nobody"], ["repair"], ["clinical", "repair"]])
def test_there_are_wrong_places_to_hand_over_to(world: World, to: list[str]) -> None:
    delivered(world)
    with pytest.raises(Invalid) as refused, world.transaction() as session:
        service.transfer(session, world.repair, assignment(world, world.repair), to=to, reason="x")
    assert refused.value.field == "to"
    with world.database.read() as session:
        assert views.queue(session, world.repair).items[0]["state"] == "waiting"


def test_what_a_colleague_has_is_not_handed_over(world: World) -> None:
    delivered(world)
    assignment_id = assignment(world, world.repair)
    with world.transaction() as session:
        claims.claim(session, world.repair_colleague, assignment_id)
    with pytest.raises(Conflict), world.transaction() as session:
        service.transfer(session, world.repair, assignment_id, to=["clinical"], reason="x")


def test_triage_hands_over_and_its_note_stays_inside(world: World) -> None:
    request_id = delivered(world, "nobody-knows")
    assignment_id = assignment(world, world.admin)
    with world.transaction() as session:
        service.note(session, world.admin, assignment_id, "電話では修理と言っていた")
        service.transfer(session, world.admin, assignment_id, to=["repair"], reason="修理です")
    with world.transaction() as session:
        view = views.assignment(session, world.repair, assignment(world, world.repair))
    assert [(note["department"], note["body"]) for note in view["notes"]] == [("triage", "電話では修理と言っていた")]
    assert "電話" not in repr(request(world, request_id))
