"""You cannot load what you may not see."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.vault.tenancy.tenants import facility
from vault.base.database import Database
from vault.base.errors import Denied, NotFound
from vault.base.scope import Role, Scope, Side, get_for, load, scoped
from vault.tenancy import devices
from vault.tenancy.models import Device


def test_a_stranger_s_row_and_a_missing_one_look_the_same(database: Database) -> None:
    with database.transaction() as session:
        aoba, midori = (Scope.system(facility(session, code).id) for code in ("aoba", "midori"))
        device = devices.add(session, aoba, login="room-1")
        assert get_for(session, aoba, Device, device.id) is device
        told = []
        for id_ in (device.id, "no-such-id"):
            with pytest.raises(NotFound) as problem:
                get_for(session, midori, Device, id_)
            told.append(str(problem.value))
        assert told[0] == told[1]
        assert session.scalars(scoped(select(Device), midori, Device)).all() == []


def test_a_caller_without_an_area_has_no_rows_rather_than_all(database: Database) -> None:
    with database.read() as session, pytest.raises(NotFound):
        session.scalars(scoped(select(Device), Scope.system(), Device))


def test_tenant_rows_cannot_be_loaded_by_a_bare_id(database: Database) -> None:
    with database.read() as session, pytest.raises(TypeError, match="get_for"):
        load(session, Device, "id")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_one_side(role: Role) -> None:
    scope = replace(Scope.system(), role=role)
    assert scope.side in Side
    assert scope.is_facility + scope.is_provider <= 1
    scope.require(role)
    with pytest.raises(Denied):
        scope.require(*(other for other in Role if other is not role))
