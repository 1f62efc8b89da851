"""The router in the database: rules replaced whole, models taken into use, kept and gone back to."""

from pathlib import Path

import pytest

from routing.departments import service as desks
from routing.router import queries, service
from routing.router.models import ModelState
from routing.router.rules import Facts
from tests.routing.router.desks import DEPARTMENTS, month
from vault.base.database import Database
from vault.base.errors import Conflict, Damaged, Denied, Invalid
from vault.base.scope import Role, Scope
from vault.base.settings import Settings

SYSTEM = Scope.system()
GREEN = Facts(body="緑色の帯について教えてください")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def staffed(database: Database) -> Database:
    with database.transaction() as session:
        desks.ensure_triage(session)
        for profile in DEPARTMENTS:
            ja, en = profile.names
            desks.upsert(session, code=profile.code, name_ja=ja, name_en=en, about=profile.about)
    return database


def _adopted(database: Database, settings: Settings) -> str:
    trained = service.learn(settings, month(), source=service.BY_HAND)
    with database.transaction() as session:
        service.propose(session, trained)
        service.adopt(session, SYSTEM, settings, trained.id)
    return trained.id


def test_it_routes_from_the_first_request_and_never_to_the_triage_desk_by_itself(
    staffed: Database, settings: Settings
) -> None:
    with staffed.read() as session:
        router = queries.load_router(session, settings)
    assert router.decide(GREEN).departments == ("repair",)
    assert [profile.code for profile in router.departments] == sorted(profile.code for profile in DEPARTMENTS)


def test_rules_are_replaced_whole_and_used_at_once(staffed: Database, settings: Settings) -> None:
    wanted = [
        {"when": {"subject_or_body": "緑|green"}, "to": ["sales"]},
        {"when": {"urgency": "urgent"}, "to": ["repair"]},
    ]
    with staffed.transaction() as session:
        assert service.set_rules(session, wanted)
    with staffed.transaction() as session:
        assert not service.set_rules(session, wanted)
    with staffed.read() as session:
        assert set(queries.load_router(session, settings).decide(GREEN).departments) == {"sales", "repair"}
    with staffed.transaction() as session:
        assert service.set_rules(session, wanted[::-1])
    with staffed.read() as session:
        assert [row.departments for row in queries.rules(session)] == [["repair"], ["sales"]]


def test_a_wrong_rule_changes_nothing(staffed: Database) -> None:
    with staffed.transaction() as session:
        service.set_rules(session, [{"when": {"kind": "x"}, "to": ["repair"]}])
    with staffed.transaction() as session, pytest.raises(Invalid) as refused:
        service.set_rules(
            session, [{"when": {"kind": "y"}, "to": ["repair"]}, {"when": {"body": "["}, "to": ["repair"]}]
        )
    assert refused.value.field == "rules.1.when.body"
    with staffed.read() as session:
        assert [row.conditions for row in queries.rules(session)] == [{"kind": "x"}]


def test_the_same_router_serves_until_something_changes(staffed: Database, settings: Settings) -> None:
    with staffed.read() as session:
        first = queries.load_router(session, settings)
        assert queries.load_router(session, settings) is first
    with staffed.transaction() as session:
        desks.upsert(session, code="sales", name_ja="営業", name_en="Sales", about="緑色の帯")
    with staffed.read() as session:
        assert queries.load_router(session, settings) is not first


def test_a_model_is_used_only_once_it_was_taken_into_use(staffed: Database, settings: Settings) -> None:
    trained = service.learn(settings, month(), source=service.FROM_ANSWERS)
    with staffed.transaction() as session:
        service.propose(session, trained)
    with staffed.read() as session:
        assert queries.load_router(session, settings).decide(GREEN).model is None
    with staffed.transaction() as session:
        service.adopt(session, SYSTEM, settings, trained.id)
        service.adopt(session, SYSTEM, settings, trained.id)
    with staffed.read() as session:
        decision = queries.load_router(session, settings).decide(GREEN)
    assert decision.model == trained.id
    assert decision.departments == ("repair",)
    assert trained.report["departments"] == {"accounts": 30, "clinical": 30, "repair": 30}


def test_the_model_before_is_kept_and_can_be_gone_back_to(staffed: Database, settings: Settings) -> None:
    with staffed.transaction() as session, pytest.raises(Conflict):
        service.go_back(session, SYSTEM, settings)
    first, second = _adopted(staffed, settings), _adopted(staffed, settings)
    with staffed.transaction() as session:
        assert service.go_back(session, SYSTEM, settings).id == first
    with staffed.read() as session:
        assert queries.model(session, second).state == ModelState.KEPT
        assert queries.load_router(session, settings).decide(GREEN).model == first


def test_the_oldest_kept_models_are_removed_from_disk_too(staffed: Database, settings: Settings) -> None:
    made = [_adopted(staffed, settings) for _ in range(service.KEPT + 3)]
    with staffed.read() as session:
        assert [row.id for row in queries.models(session)] == made[:1:-1]
    assert {path.stem for path in queries.folder(settings).iterdir()} == set(made[2:])


def test_a_damaged_model_is_told_and_requests_are_routed_all_the_same(staffed: Database, settings: Settings) -> None:
    id_ = _adopted(staffed, settings)
    (queries.folder(settings) / f"{id_}.npz").write_bytes(b"not a model")
    with staffed.read() as session:
        router = queries.load_router(session, settings)
        with pytest.raises(Damaged):
            queries.state(session, settings)
    assert router.damaged
    assert router.decide(GREEN).departments == ("repair",)


def test_a_damaged_model_is_not_taken_into_use(staffed: Database, settings: Settings) -> None:
    first = _adopted(staffed, settings)
    trained = service.learn(settings, month(), source=service.BY_HAND)
    (queries.folder(settings) / f"{trained.id}.json").unlink()
    with staffed.transaction() as session:
        service.propose(session, trained)
        with pytest.raises(Damaged):
            service.adopt(session, SYSTEM, settings, trained.id)
    with staffed.read() as session:
        active = queries.active(session)
        assert active is not None
        assert active.id == first


def test_only_an_administrator_or_a_command_changes_the_model(staffed: Database, settings: Settings) -> None:
    id_ = _adopted(staffed, settings)
    analyst = Scope(who="p1", login="ana", name="Ana", role=Role.ANALYST)
    with staffed.transaction() as session, pytest.raises(Denied):
        service.adopt(session, analyst, settings, id_)
