"""The main job as the domain lives it: filed, swept to two departments, asked, answered, picked up by name."""

import pytest

from routing.queue import answers, claims, facility, service, views
from routing.requests import service as requests
from tests.routing.world import ON_BOTH, World
from vault.base import notices
from vault.base.errors import Conflict

pytestmark = ON_BOTH


def test_a_request_goes_to_two_departments_and_both_answers_come_back(world: World) -> None:
    with world.transaction() as session:
        filed = requests.file(
            session,
            world.aoba,
            subject="画像に緑色の帯が出る",
            body="スコープの故障か? 鎮静の薬剤を投与した直後から出ています。",
            exams=[world.exam],
            images=[{"exam": world.exam, "name": "001.jpg", "marks": [{"type": "ring", "x": 0.5, "y": 0.5, "r": 0.1}]}],
            files=[world.path],
        ).request
        assert filed.state == "filed"
    report = world.sweep()
    assert (report.collected, report.routed, report.areas, report.to_triage) == (1, 1, 1, 0)
    with world.database.read() as session:
        (in_repair,) = views.queue(session, world.repair).items
        (in_clinical,) = views.queue(session, world.clinical, department="clinical").items
        assert in_repair["reasons"][0]["words"]
        assert in_repair["request"]["facility"] == "aoba"
    with world.transaction() as session:
        claims.claim(session, world.repair, in_repair["id"])
    with pytest.raises(Conflict) as refused, world.transaction() as session:
        claims.claim(session, world.repair_colleague, in_repair["id"])
    assert refused.value.values["holder"] == world.repair.name
    with world.transaction() as session:
        service.ask(session, world.repair, in_repair["id"], "型番は?")
        assert views.request(session, world.aoba, filed.id)["state"] == "asked"
    with world.transaction() as session:
        facility.reply(session, world.aoba, filed.id, body="EV-290です")
        assert views.row(session, world.repair, in_repair["id"])["state"] == "claimed"
    with world.transaction() as session:
        first = answers.answer(session, world.repair, in_repair["id"], body="コネクタを交換します")
        assert views.request(session, world.aoba, filed.id)["state"] == "delivered"
    with world.transaction() as session:
        second = answers.answer(session, world.clinical, in_clinical["id"], body="添付文書をご覧ください")
        assert views.request(session, world.aoba, filed.id)["state"] == "answered"
    world.relay()
    with world.transaction() as session:
        ready = views.answers(session, world.aoba, state="ready").items
        assert {row["id"] for row in ready} == {first.id, second.id}
        told = notices.after(session, [f"facility:{world.aoba.area}"], 0)
        assert [one.subject_id for one in told if one.kind == "answer.ready"] == [first.id, second.id]
        facility.pickup(session, world.terminal, first.id)
        assert views.answer(session, world.aoba, first.id)["state"] == "shown"
        facility.pickup(session, world.terminal, first.id, person="aoba-nurse")
        facility.pickup(session, world.aoba, second.id)
        whole = views.request(session, world.aoba, filed.id)
        assert whole["state"] == "picked-up"
        assert {row["picked_up_by"] for row in whole["answers"]} == {world.aoba.name}
