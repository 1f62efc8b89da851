"""Answers: one for each assignment, taken back within its seconds, corrected by a new version, with their files."""

import threading
from datetime import timedelta

import pytest

from routing.queue import answers, claims, facility, files, hold, service, views
from routing.requests import drafts
from tests.routing.queue.steps import answered, assignment, delivered, request
from tests.routing.world import ON_BOTH, World
from tests.services.clock import HeldClock
from vault.base.errors import Conflict, IllegalMove, Invalid, NotFound

pytestmark = ON_BOTH


def upload(world: World, assignment_id: str, name: str) -> None:
    with world.transaction() as session:
        files.keep(session, world.repair, assignment_id, name=name, digest="a" * 64, size=3, media_type="image/png")


def test_a_second_answer_is_refused_with_the_name_of_who_answered(world: World) -> None:
    delivered(world)
    assignment_id = assignment(world, world.repair)
    with world.transaction() as session:
        answers.answer(session, world.repair, assignment_id, body="交換します")
    for scope in (world.repair, world.repair_colleague):
        with pytest.raises(Conflict) as refused, world.transaction() as session:
            answers.answer(session, scope, assignment_id, body="交換しません")
        assert refused.value.values["holder"] == world.repair.name


def test_two_answers_at_once_leave_one(world: World) -> None:
    request_id = delivered(world)
    assignment_id = assignment(world, world.repair)
    start = threading.Barrier(2)
    refused = []

    def answer(body: str) -> None:
        start.wait()
        try:
            with world.transaction() as session:
                answers.answer(session, world.repair, assignment_id, body=body)
        except Conflict as problem:
            refused.append(problem)

    threads = [threading.Thread(target=answer, args=(body,)) for body in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert len(request(world, request_id)["answers"]) == 1


def test_while_it_can_be_taken_back_the_facility_sees_nothing(clock: HeldClock, world: World) -> None:
    request_id = delivered(world)
    assignment_id = assignment(world, world.repair)
    with world.transaction() as session:
        answers.answer(session, world.repair, assignment_id, body="早すぎた", hold_seconds=hold.SECONDS)
    seen = request(world, request_id)
    assert (seen["state"], seen["answers"], seen["assignments"][0]["state"]) == ("delivered", [], "claimed")
    with pytest.raises(Conflict), world.transaction() as session:
        service.ask(session, world.repair, assignment_id, "型番は?")
    with pytest.raises(Conflict), world.transaction() as session:
        claims.release(session, world.repair, assignment_id)
    with pytest.raises(NotFound), world.transaction() as session:
        hold.take_back(session, world.repair_colleague, assignment_id)
    with world.transaction() as session:
        assert hold.take_back(session, world.repair, assignment_id) == "早すぎた"
        kept = drafts.load(session, world.repair, f"answer:{assignment_id}")
        assert kept is not None
        assert kept.body == {"body": "早すぎた"}
    clock.forward(timedelta(minutes=1))
    world.relay()
    assert request(world, request_id)["answers"] == []
    with world.transaction() as session:
        answers.answer(session, world.repair, assignment_id, body="これでよい")
    assert [answer["body"] for answer in request(world, request_id)["answers"]] == ["これでよい"]


def test_after_its_seconds_the_answer_is_ready_by_itself(clock: HeldClock, world: World) -> None:
    request_id = delivered(world)
    assignment_id = assignment(world, world.repair)
    with world.transaction() as session:
        answers.answer(session, world.repair, assignment_id, body="交換します", hold_seconds=30)
    clock.forward(timedelta(seconds=29))
    world.relay()
    assert request(world, request_id)["state"] == "delivered"
    clock.forward(timedelta(seconds=1))
    world.relay()
    seen = request(world, request_id)
    assert (seen["state"], seen["answers"][0]["state"]) == ("answered", "ready")
    with pytest.raises(Conflict) as refused, world.transaction() as session:
        hold.take_back(session, world.repair, assignment_id)
    assert refused.value.reason == "sent"


def test_a_request_withdrawn_in_those_seconds_gets_no_answer(clock: HeldClock, world: World) -> None:
    request_id = delivered(world)
    with world.transaction() as session:
        answers.answer(session, world.repair, assignment(world, world.repair), body="交換します", hold_seconds=30)
    with world.transaction() as session:
        facility.withdraw(session, world.aoba, request_id)
    clock.forward(timedelta(seconds=31))
    world.relay()
    seen = request(world, request_id)
    assert (seen["state"], seen["answers"], seen["assignments"][0]["state"]) == ("withdrawn", [], "withdrawn")


def test_a_correction_replaces_the_answer_and_has_to_be_picked_up_again(world: World) -> None:
    request_id = answered(world, world.repair)
    (first,) = request(world, request_id)["answers"]
    with world.transaction() as session:
        facility.pickup(session, world.aoba, first["id"])
    with world.transaction() as session:
        second = answers.correct(
            session,
            world.repair_colleague,
            first["assignment"],
            answer_id=first["id"],
            body="修理します",
            reason="型番違い",
        )
    seen = request(world, request_id)
    assert seen["state"] == "answered"
    assert [(one["state"], one["version"], one["reason"]) for one in seen["answers"]] == [
        ("replaced", 1, ""),
        ("ready", 2, "型番違い"),
    ]
    assert seen["answers"][1]["replaces"] == first["id"]
    with pytest.raises(Conflict), world.transaction() as session:
        facility.pickup(session, world.aoba, first["id"])
    with pytest.raises(Conflict), world.transaction() as session:
        answers.correct(
            session, world.repair, first["assignment"], answer_id=first["id"], body="三つ目", reason="まちがい"
        )
    with world.transaction() as session:
        facility.pickup(session, world.aoba, second.id)
    assert request(world, request_id)["state"] == "picked-up"


def test_files_travel_with_the_answer_and_its_corrections(world: World) -> None:
    request_id = delivered(world)
    assignment_id = assignment(world, world.repair)
    for name in ("図.png", "表.png", "図.png"):
        upload(world, assignment_id, name)
    with pytest.raises(Invalid) as refused, world.transaction() as session:
        answers.answer(session, world.repair, assignment_id, body="図の通り", files_named=["別.png"])
    assert refused.value.field == "files"
    with world.transaction() as session:
        first = answers.answer(session, world.repair, assignment_id, body="図の通り", files_named=["図.png"])
    with world.transaction() as session:
        second = answers.correct(
            session, world.repair, assignment_id, answer_id=first.id, body="図を見てください", reason="言い方"
        )
    with world.database.read() as session:
        assert views.answer(session, world.aoba, second.id)["files"] == ["図.png"]
        found = views.answer_file(session, world.aoba, second.id, "図.png")
        assert (found.facility_id, found.digest) == (world.aoba.area, "a" * 64)
        with pytest.raises(NotFound):
            views.answer_file(session, world.aoba, second.id, "表.png")
        with pytest.raises(NotFound):
            views.answer_file(session, world.midori, second.id, "図.png")
    with pytest.raises(IllegalMove), world.transaction() as session:
        files.target(session, world.repair, assignment_id)
    assert request(world, request_id)["state"] == "answered"


def test_without_a_list_every_uploaded_file_goes_along(world: World) -> None:
    delivered(world)
    assignment_id = assignment(world, world.repair)
    upload(world, assignment_id, "a.png")
    upload(world, assignment_id, "b.png")
    with world.transaction() as session:
        row = answers.answer(session, world.repair, assignment_id, body="二つ")
        assert [file.name for file in files.of_answer(session, row)] == ["a.png", "b.png"]


@pytest.mark.parametrize("body", ["", "  \n"])
def test_an_empty_answer_is_none(world: World, body: str) -> None:
    delivered(world)
    with pytest.raises(Invalid) as refused, world.transaction() as session:
        answers.answer(session, world.repair, assignment(world, world.repair), body=body)
    assert refused.value.field == "body"
