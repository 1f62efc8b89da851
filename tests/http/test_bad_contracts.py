"""What contracts and bills refuse on their pages: a clear sentence in the reader's language, and nothing changed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.http.test_contract_pages import CHOSEN, PRICES, Sides
from tests.http.world import World
from tests.services.clock import HeldClock
from vault.base.scope import Scope
from vault.billing import closing
from vault.billing.models import BillingMonth, Invoice, InvoiceLine, LedgerEntry, NumberSeries, Payment, Quotation
from vault.billing.months import Month
from vault.contracts.models import Contract, ContractAct, Offer, PricePlan
from vault.tenancy.models import Space

TABLES = (
    *(Contract, ContractAct, Offer, PricePlan, Quotation),
    *(BillingMonth, Invoice, InvoiceLine, LedgerEntry, NumberSeries, Payment),
)
BYTES = 3 * 2**30
PAID = {"amount": "4000", "received_on": "2026-05-10", "reference": "bank 1"}


@pytest.fixture
def sides(clock: HeldClock, world: World) -> Sides:
    """May 2026: a year and a renewing month agreed in April, 3 GiB held, April closed, a part of its invoice paid."""
    made = Sides(world)
    assert made.provider.post("/admin/plans", data=PRICES).status_code == 303
    made.agree()
    made.agree(target="病棟", period="monthly", months="", capacity="")
    with world.installation.database.transaction() as session:
        session.execute(update(Space).values(used=BYTES))
    clock.set(datetime(2026, 5, 11, tzinfo=UTC))
    closing.close(world.installation.database, Scope.system(), world.installation.settings, Month(2026, 4))
    assert made.world.browser("billing1").post("/billing/payments", data=PAID | invoice(world)).status_code == 303
    return made


def invoice(world: World) -> dict[str, str]:
    return {"invoice": world.call("aoba-admin", "GET", "/invoices").get_json()["items"][0]["id"]}


def offer(sides: Sides, query: str, **changes: str) -> Any:
    return sides.clinic.post(
        f"/contracts/new{query}", data={**CHOSEN, "act": "offer", "start": "2026-05-11", **changes}
    )


def smaller(sides: Sides, query: str) -> Any:
    ward = next(one.id for one in sides.contracts() if one.terms.target == "病棟")
    return offer(sides, query, target="病棟", start="2026-06-01", capacity="2", replaces=ward)


def overlapping(sides: Sides, query: str) -> Any:
    return offer(sides, query)


def ends_before_it_starts(sides: Sides, query: str) -> Any:
    return offer(sides, query, target="内視鏡室 2", years="-3")


def negative_price(sides: Sides, query: str) -> Any:
    return sides.provider.post(f"/admin/plans{query}", data={**PRICES, "economy": "-1"})


def paid_twice(sides: Sides, query: str) -> Any:
    clerk = sides.world.browser("billing1")
    return clerk.post(f"/billing/payments{query}", data=PAID | invoice(sides.world))


def out_of_order(sides: Sides, query: str) -> Any:
    return sides.world.browser("billing1").post(f"/billing/close{query}", data={"month": "2026-03"})


@pytest.mark.parametrize(
    ("act", "japanese", "english"),
    [
        (overlapping, "同じ対象の契約期間が重なっています", "Two contracts of one target overlap."),
        (ends_before_it_starts, "年契約は1〜100年", "Annual contracts last 1 to 100 years"),
        (smaller, "すでに3,221,225,472バイトを保管しています", "3,221,225,472 bytes are held here already."),
        (negative_price, "料金は0円以上の整数", "A price is a whole number of yen, 0 or more."),
        (paid_twice, "へのこの入金はすでに記録されています", "is recorded already."),
        (out_of_order, "次に締める月は2026-05です", "the next one is 2026-05."),
    ],
)
def test_it_is_said_and_nothing_is_changed(
    sides: Sides, act: Callable[[Sides, str], Any], japanese: str, english: str
) -> None:
    before = rows(sides.world)
    for query, sentence in (("", japanese), ("?language=en", english)):
        answer = act(sides, query)
        assert answer.status_code in (409, 422)
        assert sentence in answer.get_data(as_text=True)
    assert rows(sides.world) == before


def rows(world: World) -> dict[str, list[Any]]:
    """Every row of what is agreed, billed and paid; there is something of each."""
    with world.installation.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 1
        return {
            table.__tablename__: [
                tuple(row) for row in session.execute(select(table.__table__).order_by(*table.__table__.primary_key))
            ]
            for table in TABLES
        }
