"""Facilities, devices and people: made and changed by those who may."""

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import PIN, STRICT, facility, known, person, staffed
from vault.base.database import Database
from vault.base.errors import Conflict, Denied, Invalid, NotFound
from vault.base.scope import Role, Scope
from vault.tenancy import devices, facilities, passwords, people, sessions, tokens
from vault.tenancy.models import Space
from vault.tenancy.scopes import of_device, scope_of_person


def test_a_new_facility_has_an_empty_area_of_its_capacity(database: Database) -> None:
    with database.transaction() as session:
        made = facility(session, capacity=5000)
        space = session.scalars(select(Space)).one()
        assert (space.facility_id, space.target_id, space.capacity, space.used) == (made.id, "", 5000, 0)
        with pytest.raises(Conflict):
            facility(session)


def test_changing_a_facility_tells_what_differed_and_moves_the_limit(database: Database) -> None:
    with database.transaction() as session:
        made = facility(session)
        differs = facilities.change(session, Scope.system(), made, name="Aoba", capacity=7, service_class="deluxe")
        assert differs == ["capacity", "service_class"]
        assert facilities.change(session, Scope.system(), made, capacity=7) == []
        assert session.scalars(select(Space.capacity)).one() == 7


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "a b"}, "code"),
        ({"capacity": -1}, "capacity"),
        ({"service_class": "first"}, "class"),
        ({"zone": "Mars"}, "zone"),
    ],
)
def test_a_facility_that_cannot_be_is_refused(database: Database, wrong: dict[str, object], field: str) -> None:
    values: dict[str, object] = {"code": "aoba", "name": "Aoba", "capacity": 1, **wrong}
    with database.read() as session, pytest.raises(Invalid) as told:
        facilities.make(session, Scope.system(), **values)  # type: ignore[arg-type]
    assert told.value.field == field


def test_a_login_is_one_person_s_or_one_device_s(database: Database) -> None:
    area = staffed(database)
    with database.transaction() as session:
        devices.add(session, area, login="room-1")
        with pytest.raises(Conflict):
            person(session, "room-1", Role.STAFF, area.facility_id)
        with pytest.raises(Conflict):
            devices.add(session, area, login="aoba-nurse")
        for login in ("", "a b", "x" * 81, "看護師", "-x"):
            with pytest.raises(Invalid):
                devices.add(session, area, login=login)


def test_a_facility_s_administrator_manages_its_own_people_alone(database: Database) -> None:
    aoba, midori = staffed(database), staffed(database, "midori")
    with database.transaction() as session:
        admin = known(session, "aoba-admin")
        stranger = known(session, "midori-nurse")
        scope = scope_of_person(session, admin)
        people.add(session, scope, login="new", role=Role.STAFF, facility_id=aoba.facility_id)
        with pytest.raises(NotFound):
            people.add(session, scope, login="x", role=Role.STAFF, facility_id=midori.facility_id)
        with pytest.raises(NotFound):
            people.disable(session, scope, stranger)
        with pytest.raises(NotFound):
            people.reachable(session, scope, stranger.id)
        with pytest.raises((Denied, NotFound)):
            people.add(session, scope, login="y", role=Role.ADMIN)
        with pytest.raises(NotFound):
            tokens.create(session, scope, stranger)
        assert [each.login for each in people.in_area(session, scope)] == ["aoba-admin", "aoba-nurse", "new"]


def test_staff_manage_nobody_but_may_change_their_own_pin(database: Database) -> None:
    aoba = staffed(database)
    with database.transaction() as session:
        nurse, admin = (known(session, login) for login in ("aoba-nurse", "aoba-admin"))
        scope = scope_of_person(session, nurse)
        with pytest.raises(Denied):
            people.add(session, scope, login="x", role=Role.STAFF, facility_id=aoba.facility_id)
        with pytest.raises(Denied):
            people.set_pin(session, scope, admin, None)
        people.set_pin(session, scope, nurse, passwords.hashed_pin("97531"))
        assert passwords.matches(nurse.pin, "97531")
        assert not passwords.matches(nurse.pin, PIN)


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "１２３４", ""])
def test_a_pin_is_four_to_eight_digits(pin: str) -> None:
    with pytest.raises(Invalid):
        passwords.hashed_pin(pin)


@pytest.mark.parametrize(("role", "at_facility"), [(Role.ADMIN, True), (Role.STAFF, False), (Role.DEVICE, True)])
def test_a_role_fits_its_place(database: Database, role: Role, at_facility: bool) -> None:
    with database.transaction() as session:
        area = facility(session).id if at_facility else None
        with pytest.raises(Invalid):
            people.add(session, Scope.system(), login="x", role=role, facility_id=area)


def test_a_changed_role_or_password_and_disabling_end_every_sign_in(database: Database, clock: HeldClock) -> None:
    staffed(database)
    with database.transaction() as session:
        nurse = known(session, "aoba-nurse")
        for act in (
            lambda: people.set_password(session, Scope.system(), nurse, "hash"),
            lambda: people.set_role(session, Scope.system(), nurse, Role.FACILITY_ADMIN),
            lambda: people.disable(session, Scope.system(), nurse),
        ):
            sessions.start(session, nurse, STRICT)
            assert len(sessions.live(session, nurse.id)) == 1
            act()
            assert sessions.live(session, nurse.id) == []


def test_the_scope_of_a_person_and_of_a_device_say_where_they_are(database: Database) -> None:
    aoba = staffed(database)
    with database.transaction() as session:
        nurse = known(session, "aoba-nurse")
        mine = scope_of_person(session, nurse)
        assert (mine.role, mine.facility_id, mine.person_id, mine.zone) == (
            Role.STAFF,
            aoba.facility_id,
            nurse.id,
            "Asia/Tokyo",
        )
        device = of_device(devices.add(session, aoba, login="room-1"), None)
        assert (device.role, device.facility_id, device.person_id) == (Role.DEVICE, aoba.facility_id, None)
