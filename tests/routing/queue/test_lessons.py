"""The router learns from who really answered, and a transfer corrects it."""

from pathlib import Path
from types import SimpleNamespace

from routing.queue import answers, claims, lessons, service, views
from routing.requests import service as requests
from routing.router import queries
from routing.router.rules import Facts
from routing.router.train import Example
from tests.routing.world import World
from vault.base import jobs
from vault.base.scope import Scope
from vault.base.settings import Settings


def _filed(world: World, subject: str, body: str) -> None:
    with world.transaction() as session:
        requests.file(session, world.aoba, subject=subject, body=body)
    world.sweep()


def _claimed(world: World, who: Scope, department: str) -> str:
    with world.transaction() as session:
        (row,) = views.queue(session, who, department=department).items
        claims.claim(session, who, row["id"])
        return str(row["id"])


def _answered(world: World, who: Scope, department: str) -> None:
    id_ = _claimed(world, who, department)
    with world.transaction() as session:
        answers.answer(session, who, id_, body="承知しました")


def _learned_from(world: World) -> list[Example]:
    with world.database.read() as session:
        return lessons.answered(session)


def test_an_answered_request_teaches_where_it_was_answered(world: World) -> None:
    _filed(world, "請求書", "金額が違う")
    assert _learned_from(world) == []
    _answered(world, world.accounts, "accounts")
    assert _learned_from(world) == [Example("請求書\n金額が違う", ("accounts",))]


def test_a_transfer_teaches_the_department_that_answered_in_the_end(world: World) -> None:
    _filed(world, "請求書", "の帯が緑色")
    id_ = _claimed(world, world.accounts, "accounts")
    with world.transaction() as session:
        service.transfer(session, world.accounts, id_, to=["repair"], reason="画像の話")
    _answered(world, world.repair, "repair")
    assert _learned_from(world) == [Example("請求書\nの帯が緑色", ("repair",))]


def test_what_triage_answers_itself_belongs_to_no_department(world: World) -> None:
    _filed(world, "駐車場", "何時まで")
    _answered(world, world.admin, "triage")
    assert _learned_from(world) == [Example("駐車場\n何時まで", ())]


def test_the_job_proposes_a_model_and_takes_it_into_use_when_told_to(world: World, tmp_path: Path) -> None:
    _filed(world, "請求書", "金額が違う")
    _answered(world, world.accounts, "accounts")
    settings = Settings(home=tmp_path)
    for args, used in (({}, False), ({"adopt": True}, True)):
        with world.transaction() as session:
            id_ = jobs.add(session, lessons.TRAIN, args)
        assert jobs.run(world.database, id_, SimpleNamespace(settings=settings))
        with world.database.read() as session:
            job = session.get(jobs.Job, id_)
            assert job is not None
            assert job.result is not None
            assert job.result["examples"] == 1
            decision = queries.load_router(session, settings).decide(Facts(body="請求書の金額"))
            assert (decision.model == job.result["model"]) is used
            assert decision.departments == ("accounts",)
