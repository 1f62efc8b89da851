"""The end of an area after its last contract: read only for a while, then erased with a certificate; or it goes on."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.contracts.signing import wish
from tests.vault.contracts.test_prices import PRICES
from tests.vault.intake.exams import announce, hold
from tests.vault.store.areas import Vault
from vault.base.errors import Conflict
from vault.base.notices import Notice
from vault.base.scope import Role, Scope
from vault.base.settings import Retention
from vault.contracts import acts, offers, price_plans, queries, running, service, winding
from vault.contracts.lifecycle import Standing
from vault.contracts.parsing import terms_from
from vault.exams import queries as exams
from vault.intake import ends, erasing, erasure
from vault.intake.signing import SigningKeys
from vault.store.garbage import Hands
from vault.tenancy import holds
from vault.tenancy.holds import HoldKind

IMAGES = {"a.jpg": b"first" * 1000}
POLICY = Retention()


@dataclass
class Ending:
    """An area with one exam, whose people can agree to contracts, and the jobs of the calendar."""

    vault: Vault
    device: Scope
    exam: str
    clock: HeldClock

    @property
    def clinic(self) -> Scope:
        return Scope("c", "clinic", "Clinic", Role.FACILITY_ADMIN, self.device.area, person_id="c")

    @property
    def provider(self) -> Scope:
        return Scope("a", "admin", "Admin", Role.ADMIN, self.device.area, person_id="a")

    def agree(self, **changes: Any) -> str:
        terms = {"period": "monthly", "terms": 0, "capacity": None, **changes}
        with self.vault.database.transaction() as session:
            row = offers.offer(session, self.clinic, wish(**terms))
            for side in (self.clinic, self.provider):
                offers.sign(session, side, row.id, row.digest)
            return row.id

    def end(self, contract_id: str) -> None:
        with self.vault.database.transaction() as session:
            running.end(session, self.clinic, contract_id)

    def days(self, count: int) -> None:
        """So many days go by, each with its jobs."""
        for _ in range(count):
            self.clock.forward(timedelta(days=1))
            with self.vault.database.transaction() as session:
                scope = Scope.system(self.device.area)
                winding.follow(session, scope, queries.today(session, scope), POLICY.fetch_days)
            with self.vault.database.transaction() as session:
                ends.call_off(session)
                ends.order(session, POLICY)

    def until(self) -> date | None:
        with self.vault.database.read() as session:
            found = winding.under_way(session, self.clinic)
            return found.until if found else None

    def orders(self) -> list[bool]:
        """Whether each erasure that was ordered still stands, the newest first."""
        with self.vault.database.read() as session:
            return [one.cancelled_at is None for one in erasure.of_area(session, self.clinic)]

    def told(self) -> list[str]:
        with self.vault.database.read() as session:
            mine = select(Notice).where(Notice.kind == acts.NEWS, Notice.audience.like("facility-admin:%"))
            return [one.values["what"] for one in session.scalars(mine.order_by(Notice.number))]


@pytest.fixture
def ending(vault: Vault, aoba: Scope, signing: SigningKeys, clock: HeldClock) -> Ending:
    receipt = hold(vault, aoba, signing, IMAGES)
    made = Ending(vault, aoba, str(receipt["exam"]), clock)
    with vault.database.transaction() as session:
        price_plans.set_prices(session, made.provider, PRICES)
    return made


def test_after_the_last_contract_the_area_is_read_only_then_erased_with_a_certificate(
    ending: Ending, signing: SigningKeys, hands: Hands
) -> None:
    made = ending.agree()
    ending.end(made)
    ending.days(29)
    assert ending.until() is None
    ending.days(1)
    assert ending.until() == date(2026, 6, 30)
    assert ending.told()[-1] == "wound-down"
    with pytest.raises(Conflict, match="area_read_only"):
        announce(ending.vault, ending.device, {"b.jpg": b"second"})
    with ending.vault.database.read() as session:
        opened = exams.open_images(session, ending.device, ending.vault.store, ending.exam)
        assert {image.name: blob.read() for image, blob in opened} == IMAGES
        (contract,) = queries.billable(session, ending.clinic)
        assert queries.standing(session, ending.clinic, contract) is Standing.WOUND_DOWN
    ending.days(60)
    assert ending.orders() == []
    ending.days(1)
    assert ending.orders() == [True]
    assert ending.told()[-1] == "erasure"
    ending.days(91)
    with ending.vault.database.read() as session:
        (due,) = erasure.due(session)
    assert erasing.carry_out(hands, signing, due)
    with ending.vault.database.read() as session:
        assert '"kura-erasure"' in erasure.certificate(session, ending.clinic)
    ending.days(5)
    assert ending.orders() == [True]


def test_a_new_contract_in_the_time_to_fetch_stops_it(ending: Ending) -> None:
    ending.end(ending.agree())
    ending.days(40)
    assert ending.until() is not None
    ending.agree(start=today(ending))
    assert ending.until() is None
    assert announce(ending.vault, ending.device, {"b.jpg": b"second"}).missing
    ending.days(100)
    assert (ending.until(), ending.orders()) == (None, [])


def test_a_new_contract_calls_off_an_erasure_that_was_ordered(ending: Ending) -> None:
    ending.end(ending.agree())
    ending.days(100)
    assert ending.orders() == [True]
    ending.agree(start=today(ending) + timedelta(days=20))
    ending.days(1)
    assert ending.orders() == [False]
    ending.days(200)
    assert ending.orders() == [False]


def test_a_contract_that_is_to_begin_keeps_an_area_from_being_erased(ending: Ending, hands: Hands, signing) -> None:
    with ending.vault.database.transaction() as session:
        ordered = erasure.order(session, ending.provider, POLICY, "by hand").id
    ending.agree(start=date(2026, 9, 1))
    ending.clock.forward(timedelta(days=91))
    assert not erasing.carry_out(hands, signing, ordered)


def test_never_under_a_hold(ending: Ending) -> None:
    ending.end(ending.agree())
    with ending.vault.database.transaction() as session:
        held = holds.place(session, ending.provider, HoldKind.AREA, "court order").id
    ending.days(200)
    assert ending.orders() == []
    with ending.vault.database.transaction() as session:
        holds.lift(session, ending.provider, held, "settled")
    ending.days(1)
    assert ending.orders() == [True]


def test_another_target_s_contract_keeps_the_area_going(ending: Ending) -> None:
    first = ending.agree()
    ending.agree(target="病棟")
    ending.end(first)
    ending.days(200)
    assert ending.until() is None


@pytest.mark.parametrize("start", ["2024-04-01", "2025-04-15"])
def test_contracts_of_a_file_are_history_and_an_area_without_any_works(ending: Ending, start: str) -> None:
    ending.days(10)
    terms = {"target": "room", "period": "annual", "terms": 1, "start": start, "timing": "per-exam", "unit_price": 0}
    with ending.vault.database.transaction() as session:
        service.agree_from_file(session, Scope.system(ending.device.area), terms_from(terms))
    ending.days(200)
    assert (ending.until(), ending.orders()) == (None, [])
    assert announce(ending.vault, ending.device, {"b.jpg": b"second"}).missing


def today(ending: Ending) -> date:
    with ending.vault.database.read() as session:
        return queries.today(session, ending.clinic)
