"""Contracts: agreed once, never changed, one at a time for a target, and its limit while they hold."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.contracts.test_terms import terms
from tests.vault.tenancy.tenants import at_once, facility
from vault.base import jobs
from vault.base.database import Database
from vault.base.errors import Conflict, Denied, IllegalMove, Invalid, NotFound
from vault.base.scope import Role, Scope
from vault.contracts import queries, service, tasks
from vault.contracts.models import Contract, ContractState
from vault.tenancy import capacity, devices, facilities, people
from vault.tenancy.scopes import of_device, scope_of_person

ROOM = "endoscopy room 1"


@pytest.fixture
def area(database: Database, clock: HeldClock) -> Scope:
    """Aoba's area on 1 April 2026."""
    with database.transaction() as session:
        return Scope.system(facility(session, capacity=10_000).id)


def agree(database: Database, area: Scope, **changes: Any) -> bool:
    with database.transaction() as session:
        return service.agree_from_file(session, area, terms(**changes))


def left(database: Database, area: Scope, target: str = ROOM) -> int:
    with database.read() as session:
        found = facilities.target_by(session, area, target)
        assert found is not None
        return capacity.left(session, area.area, found.id)


def opted_out(database: Database, area: Scope, target: str | None, patient: str) -> bool:
    with database.read() as session:
        return queries.agreed(session, area, target).opted_out(patient)


def test_agreeing_twice_agrees_once(database: Database, area: Scope) -> None:
    assert [agree(database, area) for _ in range(2)] == [True, False]
    with database.read() as session:
        (row,) = queries.of_facility(session, area)
        assert (row.state, row.start, row.ends_on) == (ContractState.AGREED, date(2026, 4, 1), date(2027, 3, 31))
        assert row.terms == terms()
        assert row.digest == terms().digest


def test_agreeing_at_once_agrees_once(database: Database, area: Scope) -> None:
    assert sorted(map(str, at_once(3, lambda _: agree(database, area)))) == ["False", "False", "True"]


def test_agreed_terms_are_never_changed_and_named(database: Database, area: Scope) -> None:
    agree(database, area)
    with pytest.raises(Conflict) as told:
        agree(database, area, unit_price=900)
    assert (told.value.reason, told.value.values) == ("agreed_terms", {"target": ROOM, "start": "2026-04-01"})


@pytest.mark.parametrize("start", ["2026-04-02", "2027-03-31", "2025-04-02"])
def test_terms_of_one_target_do_not_overlap(database: Database, area: Scope, start: str) -> None:
    agree(database, area)
    with pytest.raises(Invalid) as told:
        agree(database, area, start=start)
    assert (told.value.reason, told.value.field) == ("overlapping_terms", "start")


def test_terms_may_follow_each_other_and_stand_beside_another_target_s(database: Database, area: Scope) -> None:
    assert agree(database, area)
    assert agree(database, area, start="2027-04-01", period="monthly", terms=0)
    assert agree(database, area, start="2025-04-01")
    assert agree(database, area, target="ward", start="2026-06-01")
    with pytest.raises(Invalid):
        agree(database, area, start="2030-01-01")


def test_a_contract_limits_its_target_while_it_holds(database: Database, area: Scope, clock: HeldClock) -> None:
    agree(database, area, capacity=500)
    agree(database, area, start="2027-04-01", capacity=800)
    assert left(database, area) == 500
    jobs_run: list[int] = []
    for at, expected in (("2027-03-31", 500), ("2027-04-01", 800), ("2028-04-01", 2**62)):
        clock.set(datetime.fromisoformat(f"{at}T03:00:00+00:00"))
        with database.transaction() as session:
            job = jobs.add(session, "contracts.limits")
        jobs_run.append(jobs.run(database, job, None))
        assert left(database, area) == expected
    assert all(jobs_run)
    assert tasks.limits is not None


def test_the_day_begins_in_the_facility_s_zone(database: Database, area: Scope, clock: HeldClock) -> None:
    agree(database, area, start="2026-05-01")
    clock.set(datetime(2026, 4, 30, 14, 59, tzinfo=UTC))
    with database.read() as session:
        assert queries.active(session, area) == []
        clock.set(datetime(2026, 4, 30, 15, 0, tzinfo=UTC))
        assert len(queries.active(session, area)) == 1


def test_a_patient_is_out_as_the_contract_of_the_target_says(database: Database, area: Scope) -> None:
    assert not opted_out(database, area, ROOM, "P-9")
    agree(database, area)
    assert opted_out(database, area, ROOM, "P-9")
    assert opted_out(database, area, None, "P-9")
    assert not opted_out(database, area, ROOM, "P-1")
    assert not opted_out(database, area, "ward", "P-9")


def test_where_the_contract_cannot_be_told_a_named_patient_is_out(database: Database, area: Scope) -> None:
    agree(database, area)
    agree(database, area, target="ward", patients={"default": "out", "except": ["P-5"]})
    assert opted_out(database, area, None, "P-9")
    assert not opted_out(database, area, None, "P-1")
    assert opted_out(database, area, "ward", "P-1")
    assert not opted_out(database, area, "ward", "P-5")


def test_ending_early_is_final_and_never_in_the_past(database: Database, area: Scope, clock: HeldClock) -> None:
    agree(database, area)

    def end(last: str) -> None:
        with database.transaction() as session:
            contract = session.scalars(select(Contract)).one()
            service.end(session, area, contract.id, date.fromisoformat(last))

    with pytest.raises(Invalid):
        end("2026-03-31")
    with pytest.raises(IllegalMove):
        end("2027-03-31")
    end("2026-05-31")
    with pytest.raises(IllegalMove):
        end("2026-06-30")
    assert agree(database, area, start="2026-06-01")
    assert not agree(database, area)


def test_contracts_are_the_facility_s_own(database: Database, area: Scope) -> None:
    agree(database, area)
    with database.transaction() as session:
        midori = facility(session, "midori")
        stranger = Scope.system(midori.id)
        assert queries.of_facility(session, stranger) == []
        mine = queries.of_facility(session, area)[0]
        with pytest.raises(NotFound):
            service.end(session, stranger, mine.id, date(2026, 5, 1))
        nurse = people.add(session, Scope.system(), login="nurse", role=Role.STAFF, facility_id=area.facility_id)
        with pytest.raises(Denied):
            service.end(session, scope_of_person(session, nurse), mine.id, date(2026, 5, 1))


def test_what_a_device_sends_counts_against_its_target(database: Database, area: Scope) -> None:
    agree(database, area)
    with database.transaction() as session:
        found = facilities.target_by(session, area, ROOM)
        assert found is not None
        named = of_device(devices.add(session, area, login="room-1", target=ROOM), None)
        plain = of_device(devices.add(session, area, login="cart"), None)
        assert queries.agreed(session, named, queries.target_of_caller(session, named)).target_id == found.id
        assert queries.agreed(session, plain, queries.target_of_caller(session, plain)).target_id == found.id
        assert queries.agreed(session, plain, "no such target").target_id == ""
        service.agree_from_file(session, area, terms(target="ward"))
        assert queries.agreed(session, plain, None).target_id == ""
