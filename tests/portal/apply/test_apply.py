"""`kura apply` brings an installation to what a file says: once, whole, and losing nothing."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from routing.departments import queries as departments
from routing.router import queries as router
from tests.portal.apply.conftest import Apply, bring_into
from tests.portal.apply.files import FILE, many, values
from tests.vault.tenancy.tenants import POLICY, STRICT, known
from vault.base.audit import AuditRow
from vault.base.database import Database
from vault.base.errors import AppError, Conflict, Invalid, NotFound
from vault.base.scope import Role, Scope
from vault.contracts import queries as contracts
from vault.tenancy import facilities, links, people
from vault.tenancy.models import ApplyRecord, Device, Facility, Person, Provider, Space
from vault.tenancy.sign_in import sign_in


def counted(database: Database) -> dict[str, int]:
    """How many rows of everything there are."""
    tables = (Facility, Person, Device, Provider, Space, AuditRow, ApplyRecord)
    with database.read() as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def refused(database: Database, bring: Apply, said: dict[str, Any]) -> AppError:
    """The error that `said` ends with, having changed nothing."""
    before = counted(database)
    with pytest.raises(AppError) as told:
        bring(said)
    assert counted(database) == before
    return told.value


def contract(said: dict[str, Any]) -> dict[str, Any]:
    """The terms in `said`."""
    found: dict[str, Any] = said["facilities"][0]["contracts"][0]
    return found


def test_the_file_comes_true(database: Database, bring: Apply, tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_text(FILE, encoding="utf-8")
    report = bring(path)
    assert sorted(report.links) == ["boss", "f001-nurse"]
    with database.read() as session:
        provider = session.scalars(select(Provider)).one()
        assert (provider.name, provider.phone) == ("Example Endoscopy Service", "03-0000-0000")
        assert [row.code for row in departments.active(session)] == ["accounts", "repair", "triage"]
        assert [(row.conditions, row.departments) for row in router.rules(session)] == [
            ({"subject_or_body": "請求|invoice"}, ["accounts"])
        ]
        repairer = known(session, "repair1")
        (repair,) = departments.by_codes(session, ["repair"], field="to")
        assert departments.departments_of(session, repairer.id, Role.DEPARTMENT) == {repair.id}
        clinic = facilities.by_code(session, "f001")
        assert clinic is not None
        assert (clinic.name, clinic.capacity, clinic.service_class) == ("第一クリニック", 20 * 2**30, "economy")
        (contract,) = contracts.of_facility(session, Scope.system(clinic.id))
        assert contract.terms.capacity == 10 * 2**30
        spaces = session.scalars(select(Space.capacity).order_by(Space.capacity)).all()
        assert spaces == [10 * 2**30, 20 * 2**30]
        assert links.peek(session, report.links["f001-nurse"]).login == "f001-nurse"
    assert sign_in(database, "repair1", "a long password", POLICY).person.login == "repair1"
    assert sign_in(database, "repair1", "a long password", STRICT).person.login == "repair1"


def test_run_twice_it_changes_nothing(database: Database, bring: Apply, tmp_path: Path) -> None:
    assert bring(many(40), tmp_path / "out.json").changes
    before = counted(database)
    again = bring(many(40), tmp_path / "out.json")
    assert (again.changes, again.kept, again.links, again.tokens) == ([], [], {}, {})
    assert counted(database) == before


def test_differences_are_applied_and_named(database: Database, bring: Apply) -> None:
    bring(values())
    said = values()
    said["provider"]["phone"] = "03-1111-1111"
    said["departments"][0]["about"] = "別のこと"
    said["people"][0].update(departments=["accounts"], password="another password", name="修理一郎")
    said["facilities"][0].update(name="第二クリニック", capacity="30GiB", **{"class": "deluxe"})
    said["facilities"][0]["people"][0]["role"] = "facility-admin"
    said["facilities"][0]["devices"][0]["target"] = "ward"
    said["rules"] = []
    assert bring(said).changes == [
        "provider Example Endoscopy Service: phone",
        "department repair: about",
        "rules 0 in the file: replaced",
        "person repair1: name, password",
        "person repair1: departments",
        "facility f001: name, capacity, service_class",
        "person f001-nurse: role",
        "device f001-capture1: target",
    ]
    assert sign_in(database, "repair1", "another password", POLICY)
    assert bring(said).changes == []


def test_what_the_file_no_longer_names_is_reported_and_kept(database: Database, bring: Apply) -> None:
    bring(values())
    less: dict[str, Any] = {"rules": values()["rules"], "departments": values()["departments"][1:]}
    less["facilities"] = [{"code": "f001", "name": "第一クリニック", "capacity": "20GiB"}]
    report = bring(less)
    assert report.changes == []
    assert report.kept == [
        "department repair: not in the file",
        "person boss: not in the file",
        "person repair1: not in the file",
        "person f001-nurse: not in the file",
        "device f001-capture1: not in the file",
        "contract f001, endoscopy room 1, 2026-04-01: not in the file",
    ]
    assert bring({}).kept[-1] == "facility f001: not in the file"


def test_terms_once_agreed_are_never_changed_and_nothing_else_is(database: Database, bring: Apply) -> None:
    bring(values())
    said = values()
    said["provider"]["phone"] = "03-1111-1111"
    said["facilities"][0]["contracts"][0]["unit_price"] = 900
    told = refused(database, bring, said)
    assert isinstance(told, Conflict)
    assert (told.reason, told.exit) == ("agreed_terms", 6)
    assert told.values == {"facility": "f001", "target": "endoscopy room 1", "start": "2026-04-01"}
    with database.read() as session:
        assert session.scalars(select(Provider.phone)).one() == "03-0000-0000"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda said: said.update(colour="red"), "colour"),
        (lambda said: said["provider"].update(fax="1"), "provider.fax"),
        (lambda said: said["facilities"][0].update(beds=3), "facilities.0.beds"),
        (lambda said: contract(said)["patients"].update(only=[]), "facilities.0.contracts.0.patients.only"),
        (lambda said: contract(said).update(price=3), "facilities.0.contracts.0.price"),
        (lambda said: said["facilities"][0].update(capacity="much"), "facilities.0.capacity"),
        (lambda said: said["facilities"][0].update(zone="Mars"), "facilities.0.zone"),
        (lambda said: said["facilities"][0].update(code="a b"), "facilities.0.code"),
        (lambda said: said["facilities"][0].pop("name"), "facilities.0.name"),
        (lambda said: contract(said).update(timing="hourly"), "facilities.0.contracts.0.timing"),
        (lambda said: contract(said).update(terms=0), "facilities.0.contracts.0.terms"),
        (lambda said: contract(said).update(period="weekly"), "facilities.0.contracts.0.period"),
        (lambda said: said["facilities"][0]["people"][0].update(role="admin"), "facilities.0.people.0.role"),
        (lambda said: said["facilities"][0]["people"][0].update(pin="12"), "facilities.0.people.0.pin"),
        (lambda said: said["people"][0].update(role="staff"), "people.0.role"),
        (lambda said: said["people"][0].update(departments=["x"]), "people.0.departments"),
        (lambda said: said["people"][0].update(login="a b"), "people.0.login"),
        (lambda said: said["people"][0].update(login="f001-nurse"), "facilities.0.people.0.login"),
        (lambda said: said["rules"][0].update(to=["x"]), "rules.0.to"),
        (lambda said: said["rules"][0].update(when={"weather": "rain"}), "rules.0.when.weather"),
        (lambda said: said["rules"][0].update(when={"subject": "("}), "rules.0.when.subject"),
        (lambda said: said["departments"].append(said["departments"][0]), "departments.2"),
        (lambda said: said["facilities"].append(said["facilities"][0]), "facilities.1"),
    ],
)
def test_what_is_wrong_is_named_by_its_place_and_nothing_changes(
    sqlite_url: str, tmp_path: Path, change: Any, field: str
) -> None:
    database = Database(sqlite_url)
    said = values()
    change(said)
    told = refused(database, bring_into(database, tmp_path), said)
    assert isinstance(told, Invalid)
    assert told.field == field
    database.close()


def test_every_unknown_name_is_told(database: Database, bring: Apply) -> None:
    told = refused(database, bring, {"colour": 1, "provider": {"name": "x", "fax": 2}})
    assert sorted(told.values["unknown"]) == ["colour", "provider.fax"]  # type: ignore[call-overload]


def test_terms_that_overlap_are_named_and_nothing_changes(database: Database, bring: Apply) -> None:
    said = values()
    later = {**said["facilities"][0]["contracts"][0], "start": "2026-06-01"}
    said["facilities"][0]["contracts"].append(later)
    told = refused(database, bring, said)
    assert isinstance(told, Invalid)
    assert (told.reason, told.field) == ("overlapping_terms", "facilities.0.contracts.1.start")


def test_a_login_of_another_place_is_refused(database: Database, bring: Apply) -> None:
    bring(many(2))
    said = many(2)
    for kind in ("people", "devices"):
        moved = many(2)
        moved["facilities"][0][kind], moved["facilities"][1][kind] = said["facilities"][1][kind], []
        assert refused(database, bring, moved).reason == "login_elsewhere"


def test_history_and_running_contracts_are_taken_in(database: Database, bring: Apply) -> None:
    said = values()
    said["facilities"][0]["contracts"] += [
        {**contract(said), "terms": 2, "start": "2023-01-01"},
        {**contract(said), "target": "ward", "period": "monthly", "terms": 0, "start": "2024-01-31"},
        {"target": "server", "start": "2026-05-01", "timing": "simultaneous", "unit_price": 0},
    ]
    assert len([line for line in bring(said).changes if line.startswith("contract")]) == 4
    assert bring(said).changes == []


def test_a_disabled_person_stays_shut_out_and_is_named(database: Database, bring: Apply) -> None:
    bring(values())
    with database.transaction() as session:
        people.disable(session, Scope.system(), known(session, "f001-nurse"))
    report = bring(values())
    assert (report.changes, report.kept) == ([], ["person f001-nurse: disabled"])


def test_a_link_is_given_again_only_when_no_other_way_in_is_left(database: Database, bring: Apply) -> None:
    first = bring(values()).links["boss"]
    with database.transaction() as session:
        links.follow(session, first, POLICY)
    assert list(bring(values()).links) == ["boss"]
    assert bring(values()).links == {}


def test_a_missing_file_and_one_that_is_not_toml_are_told(bring: Apply, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        bring(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[[", encoding="utf-8")
    with pytest.raises(Invalid) as told:
        bring(tmp_path / "bad.toml")
    assert told.value.field == "bad.toml"


def test_a_secret_of_the_file_is_in_no_error(database: Database, bring: Apply) -> None:
    said = values()
    said["people"][0]["password"] = {"a": "very secret"}
    assert "very secret" not in repr(refused(database, bring, said).values)
