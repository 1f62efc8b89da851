"""A contract on the web: offered, signed by both sides over one text, changed, renewed, ended, suspended."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.contracts.signing import CHOSEN, GIB, ROOM, Table, seated, wish
from tests.vault.tenancy.tenants import at_once
from vault.base.database import Database
from vault.base.errors import Conflict, Denied, IllegalMove, Invalid, NotFound
from vault.base.notices import Notice
from vault.base.scope import Role, Scope
from vault.contracts import acts, documents, offers, price_plans, queries, running, service
from vault.contracts.lifecycle import Standing
from vault.contracts.money import Yen
from vault.contracts.parsing import terms_from
from vault.contracts.prices import Prices
from vault.tenancy import capacity, facilities


@pytest.fixture
def table(database: Database, clock: HeldClock) -> Table:
    """Both sides on 1 April 2026, with a plan whose Economy costs ¥1,000 a point."""
    return seated(database)


def standing(table: Table, contract_id: str) -> Standing:
    (found,) = [one for one in table.contracts() if one.id == contract_id]
    return table.do(queries.standing, table.clinic, found)


def told(table: Table, audience: str) -> list[str]:
    with table.database.read() as session:
        kinds = select(Notice).where(Notice.audience.like(f"{audience}%"), Notice.kind == acts.NEWS)
        return [one.values["what"] for one in session.scalars(kinds.order_by(Notice.number))]


def refused(table: Table, **changes: Any) -> Invalid:
    with pytest.raises(Invalid) as problem:
        table.do(offers.offer, table.clinic, wish(**changes))
    with table.database.read() as session:
        assert offers.open_offers(session, table.clinic) == []
    return problem.value


def test_a_contract_is_there_once_both_sides_signed_the_same_text(table: Table) -> None:
    row = table.do(offers.offer, table.clinic, wish(), address="192.0.2.7")
    assert table.contracts() == []
    table.do(offers.sign, table.clinic, row.id, row.digest, address="192.0.2.7")
    assert table.contracts() == []
    assert told(table, "role:admin") == ["to-sign"]
    table.do(offers.sign, table.provider, row.id, row.digest, address="198.51.100.1")
    (contract,) = table.contracts()
    assert (contract.id, contract.start, contract.ends_on) == (row.id, date(2026, 4, 1), date(2027, 3, 31))
    assert contract.terms.unit_price == Yen(1000)
    assert contract.plan is not None
    assert (contract.plan["number"], contract.plan["class"]) == (1, "economy")
    assert standing(table, row.id) is Standing.ACTIVE
    assert told(table, "facility-admin:") == ["agreed"]


def test_who_signed_when_from_where_and_what_is_kept(table: Table) -> None:
    made = table.agree()
    history = table.do(acts.of, table.clinic, made)
    assert [(one.what, one.side, one.who, one.address) for one in history] == [
        ("offered", "facility", "aoba-admin", "192.0.2.7"),
        ("signed", "facility", "aoba-admin", "192.0.2.7"),
        ("signed", "provider", "aoba-provider", "198.51.100.1"),
    ]
    text = table.do(documents.document, table.clinic, made)
    assert {one.text_digest for one in history} == {text.digest}
    for lang in (text.ja, text.en):
        assert ROOM in lang
        assert "Aoba" in lang
    assert "10ポイント × 1年 × 1,000円 = 10,000円" in text.ja
    assert "10 points × 1 year × ¥1,000 = ¥10,000" in text.en


def test_the_provider_may_offer_too_and_signing_twice_signs_once(table: Table) -> None:
    row = table.do(offers.offer, table.provider, wish())
    for _ in range(2):
        table.do(offers.sign, table.provider, row.id, row.digest)
    assert told(table, "facility-admin:") == ["to-sign"]
    for _ in range(2):
        table.do(offers.sign, table.clinic, row.id, row.digest)
    assert len(table.contracts()) == 1


def test_another_text_is_not_what_was_read(table: Table) -> None:
    row = table.do(offers.offer, table.clinic, wish())
    with pytest.raises(Conflict) as told:
        table.do(offers.sign, table.provider, row.id, "0" * 64)
    assert told.value.reason == "other_text"


def test_a_declined_offer_binds_nobody_and_cannot_be_signed(table: Table) -> None:
    row = table.do(offers.offer, table.clinic, wish())
    table.do(offers.sign, table.clinic, row.id, row.digest)
    table.do(offers.withdraw, table.provider, row.id, "別の容量を提案します")
    assert told(table, "facility-admin:") == ["withdrawn"]
    for act, scope in ((offers.sign, table.provider), (offers.withdraw, table.clinic)):
        with pytest.raises(IllegalMove):
            table.do(act, scope, row.id, row.digest)
    assert table.contracts() == []


def test_staff_a_stranger_and_a_clerk_sign_nothing(table: Table) -> None:
    row = table.do(offers.offer, table.clinic, wish())
    stranger = seated(table.database, code="midori").clinic
    with pytest.raises(NotFound):
        table.do(offers.sign, stranger, row.id, row.digest)
    for role in (Role.STAFF, Role.BILLING):
        with pytest.raises(Denied):
            table.do(offers.sign, Scope("x", "x", "x", role, table.clinic.area), row.id, row.digest)


def test_a_later_plan_changes_no_running_contract(table: Table) -> None:
    made = table.agree()
    dearer = Prices(9000, 9000, 0, 1, 0, 0, 0, 0, 0)
    with table.database.transaction() as session:
        admin = Scope("x", "admin", "x", Role.ADMIN)
        assert price_plans.set_prices(session, admin, dearer).number == 2
        assert price_plans.set_prices(session, admin, dearer).number == 2
        assert [one.number for one in price_plans.history(session)] == [2, 1]
    (contract,) = table.contracts()
    assert (contract.id, contract.terms.unit_price) == (made, Yen(1000))
    assert offers.quote(session, wish()).terms.unit_price == Yen(9000)


def test_without_a_plan_nothing_is_priced(database: Database, clock: HeldClock) -> None:
    with database.read() as session, pytest.raises(Conflict) as told:
        offers.quote(session, wish())
    assert told.value.reason == "no_plan"


def test_deluxe_comes_with_its_copies_and_more_cost_more(table: Table) -> None:
    with table.database.read() as session:
        plain = offers.quote(session, wish("deluxe"))
        more = offers.quote(session, wish("deluxe", copies=3, display_tool_cases=150))
    assert (plain.copies, plain.fee) == (2, Yen(18_000))
    assert (more.copies, more.fee) == (3, Yen((1800 + 300 + 40) * 10))


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"start": date(2026, 2, 28)}, "start_long_past", "start"),
        ({"start": date(2029, 1, 1)}, "start_far_ahead", "start"),
        ({"kinds": ["x-ray"]}, "unknown_value", "kinds"),
        ({"kinds": []}, "kinds", "kinds"),
        ({"terms": 0}, "terms", "terms"),
        ({"terms": -1}, "terms", "terms"),
        ({"capacity": -1}, "capacity", "capacity"),
        ({"display_tool_cases": 120}, "display_tool_cases", "display_tool_cases"),
        ({"timing": "nightly@25:00"}, "timing", "timing"),
        ({"target": " "}, "text", "target"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_kept(table: Table, changes, reason: str, field: str) -> None:
    problem = refused(table, **changes)
    assert (problem.reason, problem.field) == (reason, field)


def test_terms_of_one_target_never_overlap_also_where_both_were_offered_before(table: Table) -> None:
    first = table.do(offers.offer, table.clinic, wish())
    second = table.do(offers.offer, table.clinic, wish(start=date(2026, 6, 1)))
    for row in (first, second):
        table.do(offers.sign, table.clinic, row.id, row.digest)
    table.do(offers.sign, table.provider, first.id, first.digest)
    with pytest.raises(Invalid) as told:
        table.do(offers.sign, table.provider, second.id, second.digest)
    assert told.value.reason == "overlapping_terms"
    assert len(table.contracts()) == 1
    assert table.do(offers.offer, table.clinic, wish(target="病棟")).terms.target == "病棟"


def test_a_capacity_below_what_is_held_is_refused_with_the_figure(table: Table) -> None:
    table.agree(wish(capacity=None, period="monthly", terms=0))
    with table.database.transaction() as session:
        target = facilities.target_by(session, table.clinic, ROOM)
        assert target is not None
        capacity.reserve(session, table.clinic.area, "exam:x", 3 * GIB, target_id=target.id)
        capacity.settle(session, "exam:x", 3 * GIB, last=True)
    (before,) = table.contracts()
    with pytest.raises(Invalid) as told:
        table.do(offers.offer, table.clinic, wish(start=date(2026, 5, 1), capacity=2 * GIB), replaces=before.id)
    assert (told.value.reason, told.value.field) == ("capacity_below_held", "capacity")
    assert told.value.values["held"] == "3,221,225,472"


def test_a_change_ends_the_old_contract_on_its_eve(table: Table, clock: HeldClock) -> None:
    old = table.agree()
    new = table.agree(wish("deluxe", start=date(2026, 6, 10)), replaces=old)
    before, after = table.contracts()
    assert (before.id, before.ends_on) == (old, date(2026, 6, 9))
    assert (after.id, after.start, after.replaces) == (new, date(2026, 6, 10), old)
    assert (standing(table, old), standing(table, new)) == (Standing.ACTIVE, Standing.AGREED)
    clock.set(datetime(2026, 6, 10, tzinfo=UTC))
    assert (standing(table, old), standing(table, new)) == (Standing.ENDED, Standing.ACTIVE)
    assert "2026年4月1日" in table.do(documents.document, table.clinic, new).ja


@pytest.mark.parametrize("start", [date(2026, 4, 1), date(2026, 3, 20)])
def test_a_change_comes_later_than_what_it_changes(table: Table, start: date) -> None:
    old = table.agree()
    with pytest.raises(Invalid) as told:
        table.do(offers.offer, table.clinic, wish(start=start), replaces=old)
    assert told.value.reason == "change_too_early"


def test_a_change_signed_after_its_day_is_refused_and_the_old_contract_stays(table: Table, clock: HeldClock) -> None:
    old = table.agree()
    row = table.do(offers.offer, table.clinic, wish(start=date(2026, 4, 20)), replaces=old)
    table.do(offers.sign, table.clinic, row.id, row.digest)
    clock.forward(timedelta(days=20))
    with pytest.raises(Invalid) as told:
        table.do(offers.sign, table.provider, row.id, row.digest)
    assert told.value.reason == "change_too_early"
    assert [one.ends_on for one in table.contracts()] == [date(2027, 3, 31)]


def test_an_offer_holds_through_its_last_day_and_no_longer(table: Table, clock: HeldClock) -> None:
    first, second = (table.do(offers.offer, table.clinic, wish(target=name)) for name in ("病棟", "内視鏡室 2"))
    assert first.valid_until == date(2026, 5, 1)
    for row in (first, second):
        table.do(offers.sign, table.clinic, row.id, row.digest)
    clock.set(datetime(2026, 5, 1, 14, 59, tzinfo=UTC))
    table.do(offers.sign, table.provider, first.id, first.digest)
    clock.set(datetime(2026, 5, 1, 15, 0, tzinfo=UTC))
    with pytest.raises(Conflict) as told:
        table.do(offers.sign, table.provider, second.id, second.digest)
    assert (told.value.reason, told.value.values) == ("offer_lapsed", {"until": "2026-05-01"})
    assert [one.terms.target for one in table.contracts()] == ["病棟"]


def test_a_renewal_follows_the_day_after_and_another_target_does_not(table: Table) -> None:
    old = table.agree()
    with pytest.raises(Invalid) as told:
        table.do(offers.offer, table.clinic, wish(target="病棟", start=date(2027, 4, 1)), replaces=old)
    assert told.value.reason == "other_target"
    table.agree(wish(start=date(2027, 4, 1)), replaces=old)
    assert [(one.start.year, one.ends_on) for one in table.contracts()] == [
        (2026, date(2027, 3, 31)),
        (2027, date(2028, 3, 31)),
    ]


def test_what_renews_by_itself_is_ended_with_the_month_that_runs(table: Table, clock: HeldClock) -> None:
    made = table.agree(wish(period="monthly", terms=0))
    clock.set(datetime(2026, 7, 20, tzinfo=UTC))
    ended = table.do(running.end, table.clinic, made, address="192.0.2.7")
    assert ended.ends_on == date(2026, 7, 31)
    assert told(table, "role:admin")[-1] == "ended"
    with pytest.raises(IllegalMove):
        table.do(running.end, table.clinic, made)
    clock.set(datetime(2026, 8, 1, tzinfo=UTC))
    assert standing(table, made) is Standing.ENDED


def test_an_annual_contract_ends_by_itself(table: Table) -> None:
    made = table.agree()
    with pytest.raises(IllegalMove) as told:
        table.do(running.end, table.clinic, made)
    assert told.value.reason == "contract_ends_before"


def test_a_suspended_contract_gives_no_plan_until_it_is_resumed_and_still_counts(table: Table) -> None:
    made = table.agree()
    with pytest.raises(Denied):
        table.do(running.suspend, table.clinic, made, "no")
    with pytest.raises(Invalid):
        table.do(running.suspend, table.provider, made, " ")
    table.do(running.suspend, table.provider, made, "未払い")
    assert standing(table, made) is Standing.SUSPENDED
    with table.database.read() as session:
        assert queries.active_for(session, table.clinic, ROOM) is None
        assert [one.id for one in queries.active(session, table.clinic)] == [made]
        assert [one.id for one in queries.billable(session, table.clinic)] == [made]
    with pytest.raises(IllegalMove):
        table.do(running.suspend, table.provider, made, "again")
    table.do(running.resume, table.provider, made)
    with table.database.read() as session:
        assert queries.active_for(session, table.clinic, ROOM) is not None
    assert told(table, "facility-admin:")[-2:] == ["suspended", "resumed"]


def test_the_area_has_room_for_what_is_agreed_and_is_deluxe_while_a_contract_says_so(
    table: Table, clock: HeldClock
) -> None:
    def area() -> tuple[int, str, int]:
        with table.database.transaction() as session:
            service.limit_targets(session, Scope.system(table.clinic.area))
            found = facilities.of(session, table.clinic)
            return found.capacity // GIB, found.service_class, capacity.left(session, table.clinic.area) // GIB

    table.agree(wish("deluxe", period="monthly", terms=1, start=date(2026, 4, 10), capacity=80 * GIB))
    table.agree(wish(target="病棟", capacity=70 * GIB))
    assert area() == (100, "economy", 100)
    clock.set(datetime(2026, 4, 10, tzinfo=UTC))
    assert area() == (150, "deluxe", 150)
    clock.set(datetime(2026, 5, 10, tzinfo=UTC))
    assert area() == (150, "economy", 150)


def test_two_offers_of_one_target_signed_at_once_make_one_contract(table: Table) -> None:
    rows = [table.do(offers.offer, table.clinic, wish(start=date(2026, 4, 1 + number))) for number in range(3)]
    for row in rows:
        table.do(offers.sign, table.clinic, row.id, row.digest)
    done = at_once(3, lambda number: table.do(offers.sign, table.provider, rows[number].id, rows[number].digest).state)
    assert [one for one in done if one == "agreed"] == ["agreed"]
    assert {one.reason for one in done if isinstance(one, Invalid)} == {"overlapping_terms"}
    assert len(table.contracts()) == 1


def test_one_offer_signed_by_both_at_once_is_agreed_once(table: Table) -> None:
    row = table.do(offers.offer, table.clinic, wish())
    sides = [table.clinic, table.provider, table.clinic, table.provider]
    done = at_once(4, lambda number: table.do(offers.sign, sides[number], row.id, row.digest).id)
    assert done == [row.id] * 4
    assert [one.what for one in table.do(acts.of, table.clinic, row.id)] == ["offered", "signed", "signed"]
    assert len(table.contracts()) == 1


def test_a_contract_cannot_end_before_it_begins(table: Table) -> None:
    made = table.agree(wish(period="monthly", terms=0, start=date(2026, 6, 1)))
    with pytest.raises(Invalid) as told:
        table.do(service.end, table.clinic, made, date(2026, 5, 20))
    assert (told.value.reason, told.value.values["start"]) == ("end_before_start", "2026-06-01")
    assert [one.ends_on for one in table.contracts()] == [None]


def test_a_contract_of_a_file_is_changed_on_the_web_and_the_file_applies_as_before(table: Table) -> None:
    filed = terms_from({**CHOSEN, "unit_price": 700})
    system = Scope.system(table.clinic.area)
    assert table.do(service.agree_from_file, system, filed)
    (old,) = table.contracts()
    table.agree(wish(start=date(2026, 8, 1)), replaces=old.id)
    assert not table.do(service.agree_from_file, system, filed)
    assert [(one.start, one.ends_on, one.terms.unit_price) for one in table.contracts()] == [
        (date(2026, 4, 1), date(2026, 7, 31), Yen(700)),
        (date(2026, 8, 1), date(2027, 7, 31), Yen(1000)),
    ]
    assert ROOM in table.do(documents.document, table.clinic, old.id).en
