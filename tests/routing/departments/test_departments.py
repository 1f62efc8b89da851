"""Departments are brought to what the file says, keep their members, and triage is always there."""

from typing import Any

import pytest

from routing.departments import queries, service
from tests.routing.world import World
from vault.base.errors import Invalid
from vault.base.scope import Role


def test_applying_the_same_twice_changes_nothing(world: World) -> None:
    wanted: dict[str, Any] = {
        "code": "supply",
        "name_ja": "物流",
        "name_en": "Supply",
        "about": "部品 発送",
        "threshold": 0.6,
    }
    with world.transaction() as session:
        assert service.upsert(session, **wanted) == ["code"]
        assert service.upsert(session, **wanted) == []
        assert service.upsert(session, **{**wanted, "about": "発送"}) == ["about"]


def test_triage_is_made_once(world: World) -> None:
    with world.transaction() as session:
        assert service.ensure_triage(session).id == service.ensure_triage(session).id == queries.triage(session).id


def test_members_are_replaced_and_unknown_departments_refused(world: World) -> None:
    person_id = world.repair.person_id
    assert person_id is not None
    with world.transaction() as session:
        assert not service.set_members(session, person_id, ["repair"])
        assert service.set_members(session, person_id, ["clinical", "accounts"])
        held = queries.departments_of(session, person_id, Role.DEPARTMENT)
        assert held == world.clinical.departments | world.accounts.departments
        with pytest.raises(Invalid) as refused:
            service.set_members(session, person_id, ["nobody"])
        assert refused.value.field == "departments"


def test_administrators_work_triage(world: World) -> None:
    with world.database.read() as session:
        assert world.admin.departments == {queries.triage(session).id}


def test_a_department_known_from_history_gets_nothing_until_it_is_applied(world: World) -> None:
    with world.transaction() as session:
        service.known_from_history(session, {"old", "repair"})
        assert "old" not in {department.code for department in queries.active(session)}
        assert "active" in service.upsert(session, code="old", name_ja="旧", name_en="Old")
        assert "old" in {department.code for department in queries.active(session)}


@pytest.mark.parametrize("values", [{"code": " "}, {"threshold": 0}, {"threshold": 1.1}])
def test_bad_departments_are_refused(world: World, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid), world.transaction() as session:
        service.upsert(session, **{"code": "x", "name_ja": "x", "name_en": "x", **values})
