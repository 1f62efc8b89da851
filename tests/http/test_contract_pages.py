"""Contracts on the web, by both sides: chosen, priced, read, agreed, changed, ended; and what is refused."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.apply.service import apply
from portal.worker import run_queue
from tests.http.world import World
from tests.services.clock import HeldClock
from vault.base import jobs
from vault.base.jobs import Queue
from vault.base.scope import Scope
from vault.contracts import queries, tasks
from vault.contracts.models import Contract, Offer
from vault.contracts.points import charge, fee_of, points_of, terms_a_line
from vault.tenancy import facilities

PRICES = {
    "economy": "1000",
    "deluxe": "1800",
    "included": "20",
    "step": "10",
    "step_price": "150",
    "open_price": "900",
    "cases_price": "40",
    "copies": "2",
    "copy_price": "300",
}
CHOSEN: dict[str, Any] = {
    "target": "内視鏡室 1",
    "period": "annual",
    "years": "1",
    "months": "",
    "start": "2026-04-01",
    "timing": "nightly",
    "at": "02:00",
    "unit": "facility",
    "kinds": ["still", "clip", "chart", "file"],
    "default": "in",
    "except": "",
    "capacity": "20",
    "class": "economy",
    "cases": "100",
    "copies": "",
}


@dataclass
class Sides:
    """A browser of each side; a new sign-in each time, as months go by."""

    world: World

    @property
    def clinic(self) -> FlaskClient:
        return self.world.browser("aoba-admin")

    @property
    def provider(self) -> FlaskClient:
        return self.world.browser("admin1")

    def offer(self, **changes: Any) -> str:
        """The address of an offer that the clinic made."""
        answer = self.clinic.post("/contracts/new", data={**CHOSEN, "act": "offer", **changes})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return str(answer.headers["Location"])

    def agree(self, **changes: Any) -> str:
        """Offered, and signed by the clinic and then by the provider; the contract's id."""
        shown = self.offer(**changes)
        id_ = shown.rpartition("/")[2]
        for browser, page in ((self.clinic, shown), (self.provider, f"/admin/facilities/aoba{shown}")):
            answer = browser.post(f"{page}/sign", data={"digest": self.digest(id_)})
            assert answer.status_code == 303
        return id_

    def digest(self, id_: str) -> str:
        with self.world.installation.database.read() as session:
            return session.scalars(select(Offer.digest).where(Offer.id == id_)).one()

    def contracts(self) -> list[Contract]:
        with self.world.installation.database.read() as session:
            area = facilities.by_code(session, "aoba")
            assert area is not None
            found = queries.billable(session, Scope.system(area.id))
            session.expunge_all()
            return found

    def refused(self, **changes: Any) -> str:
        """The page that says why; nothing was kept."""
        answer = self.clinic.post("/contracts/new", data={**CHOSEN, "act": "offer", **changes})
        assert answer.status_code == 422
        with self.world.installation.database.read() as session:
            assert session.scalars(select(Offer)).all() == []
        return str(answer.get_data(as_text=True))


@pytest.fixture
def sides(clock: HeldClock, world: World) -> Sides:
    """The first of April 2026 in Tokyo; the provider has set its prices on its page."""
    made = Sides(world)
    assert made.provider.post("/admin/plans", data=PRICES).status_code == 303
    return made


def text(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_table_1_of_the_seed_by_the_year(sides: Sides) -> None:
    sides.agree()
    (made,) = sides.contracts()
    assert (made.start, made.ends_on) == (date(2026, 4, 1), date(2027, 3, 31))
    fee = charge(points_of(made.terms.period), terms_a_line(made.terms), made.terms.unit_price)
    assert (points_of(made.terms.period), fee.amount) == (10, 10_000)
    assert "10,000円" in text(sides.clinic, "/contracts")


def test_several_targets_of_one_facility_are_agreed_and_priced_each_on_its_own(sides: Sides) -> None:
    sides.agree()
    sides.agree(target="病棟", years="2", **{"class": "deluxe"})
    sides.agree(target="内視鏡サーバー", period="open", capacity="")
    fees = {one.terms.target: fee_of(one.terms).amount for one in sides.contracts()}
    assert fees == {"内視鏡室 1": 10_000, "病棟": 36_000, "内視鏡サーバー": 1_900}


def test_table_1_of_the_seed_by_the_month_renewed_for_a_year(sides: Sides, clock: HeldClock) -> None:
    made = sides.agree(period="monthly", months="")
    total, day = 0, date(2026, 4, 1)
    for _ in range(12):
        (row,) = sides.contracts()
        assert row.holds_on(day)
        assert row.terms.first_day((day.year - 2026) * 12 + day.month - 4) == day
        total += charge(points_of(row.terms.period), terms_a_line(row.terms), row.terms.unit_price).amount
        day = (day + timedelta(days=31)).replace(day=1)
    assert total == 12_000
    clock.set(datetime(2027, 3, 15, tzinfo=UTC))
    assert "2027年4月1日(木)に自動で更新します。" in text(sides.clinic, "/contracts")
    sides.clinic.post(f"/contracts/{made}/end")
    assert [row.ends_on for row in sides.contracts()] == [date(2027, 3, 31)]
    assert "2027年3月31日(水)に終了します。" in text(sides.clinic, "/contracts")


def test_the_price_is_shown_as_it_is_chosen_and_nothing_is_kept(sides: Sides) -> None:
    chosen = {**CHOSEN, "act": "price", "capacity": "45", "cases": "150"}
    answer = sides.clinic.post("/contracts/new", data=chosen)
    assert answer.status_code == 200
    shown = answer.get_data(as_text=True)
    assert "10ポイント × 1年 × 1,490円 = 14,900円" in shown
    deluxe = sides.clinic.post("/contracts/new", data={**chosen, "class": "deluxe", "copies": "3"})
    assert "25,900円" in deluxe.get_data(as_text=True)
    with sides.world.installation.database.read() as session:
        assert session.scalars(select(Offer)).all() == []


def test_both_sides_read_the_same_text_and_it_stays_with_who_agreed(sides: Sides) -> None:
    shown = sides.offer()
    there = f"/admin/facilities/aoba{shown}"
    assert "あなたの署名を待っています" in text(sides.clinic, shown)
    sides.clinic.post(f"{shown}/sign", data={"digest": sides.digest(shown.rpartition("/")[2])})
    assert "相手方の署名を待っています" in text(sides.clinic, shown)
    assert "内視鏡室 1" in text(sides.provider, "/admin/contracts?view=to-sign")
    assert "1年、2026年4月1日(水)から2027年3月31日(水)まで。最終日をもって終了します。" in text(sides.provider, there)
    sides.provider.post(f"{there}/sign", data={"digest": sides.digest(shown.rpartition("/")[2])})
    for browser, address in ((sides.clinic, shown), (sides.provider, there)):
        assert sha256(browser.get(f"{address}/text").data).hexdigest() == sides.digest(shown.rpartition("/")[2])
    page = text(sides.clinic, shown)
    assert "有効" in page
    assert page.count("127.0.0.1") == 3
    assert sides.digest(shown.rpartition("/")[2]) in page
    assert "内視鏡室 1の契約が成立しました" in text(sides.clinic, "/notices")


def test_the_contract_is_the_plan_of_the_device_and_its_state_is_in_the_api(sides: Sides) -> None:
    made = sides.agree(timing="nightly", at="03:30", kinds=["still"], **{"except": "P-9\nP-10"})
    plan = sides.world.call("aoba-capture1", "GET", "/backup-plan").get_json()
    assert (plan["target"], plan["timing"], plan["kinds"]) == ("内視鏡室 1", "nightly@03:30", ["still"])
    assert plan["patients"] == {"default": "in", "except": ["P-10", "P-9"]}
    (row,) = sides.world.call("aoba-admin", "GET", "/contracts").get_json()["items"]
    assert (row["id"], row["state"], row["ends_on"], row["unit_price"]) == (made, "active", "2027-03-31", 1000)
    sides.provider.post(f"/admin/facilities/aoba/contracts/{made}/suspend", data={"reason": "お支払いの確認"})
    assert sides.world.call("aoba-capture1", "GET", "/backup-plan").get_json()["target"] is None
    assert sides.world.call("aoba-admin", "GET", "/contracts").get_json()["items"][0]["state"] == "suspended"
    assert "お支払いの確認" in text(sides.clinic, f"/contracts/{made}")
    assert "ありません(契約は停止中です)" in text(sides.clinic, "/backups")


def test_a_change_stands_in_the_form_and_ends_the_old_contract_on_its_eve(sides: Sides) -> None:
    old = sides.agree(period="monthly", months="")
    form = text(sides.clinic, f"/contracts/new?change={old}")
    assert 'value="2026-05-01"' in form
    sides.agree(period="monthly", months="", start="2026-05-01", replaces=old, **{"class": "deluxe"})
    assert [(row.start, row.ends_on, row.terms.unit_price.amount) for row in sides.contracts()] == [
        (date(2026, 4, 1), date(2026, 4, 30), 1000),
        (date(2026, 5, 1), None, 1800),
    ]
    assert "次の契約に引き継ぎます" in text(sides.clinic, "/contracts")


def test_kura_apply_takes_nothing_that_a_contract_of_the_web_promises(sides: Sides) -> None:
    """A file with a smaller area and a lesser class leaves the contract's, tells so, and run again changes nothing."""
    sides.agree(capacity="40", **{"class": "deluxe"})
    area = {"code": "aoba", "name": "青葉クリニック", "capacity": "1GiB", "class": "economy"}
    installation = sides.world.installation
    for _ in range(2):
        report = apply(installation.database, {"facilities": [area]}, settings=installation.settings)
        assert [one for one in report.changes if one.startswith("facility")] == []
        assert "facility aoba: its contracts agreed on the web say its class and least capacity" in report.kept
        held = sides.world.call("aoba-admin", "GET", "/area").get_json()
        assert (held["class"], held["capacity"]) == ("deluxe", 40 * 2**30)


def test_an_annual_contract_asks_in_time_and_is_renewed_from_the_day_after(sides: Sides, clock: HeldClock) -> None:
    old = sides.agree()
    clock.set(datetime(2027, 2, 1, tzinfo=UTC))
    with sides.world.installation.database.transaction() as session:
        jobs.add(session, tasks.CALENDAR, {})
    run_queue(sides.world.installation, Queue.SLOW.value)
    assert "内視鏡室 1の契約が終了します" in text(sides.clinic, "/notices")
    assert "内視鏡室 1" in text(sides.provider, "/admin/contracts?view=ends")
    assert 'value="2027-04-01"' in text(sides.clinic, f"/contracts/new?renew={old}")
    sides.agree(start="2027-04-01", replaces=old)
    assert "次の契約に引き継ぎます" in text(sides.provider, "/admin/contracts?view=ends")
    assert "2027年4月1日(木)に始まります" in text(sides.provider, "/admin/contracts?view=all")
    assert [row.ends_on for row in sides.contracts()] == [date(2027, 3, 31), date(2028, 3, 31)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": "2026-02-01"}, "開始日が古すぎます。2026-03-01以降にしてください。"),
        ({"start": "2029-12-31"}, "開始日が先すぎます。2028-04-01までにしてください。"),
        ({"start": "9999-12-31"}, "1900年から2900年まで"),
        ({"start": "tomorrow"}, "2026-04-01"),
        ({"kinds": ["x-ray"]}, "still"),
        ({"kinds": []}, "データの種類"),
        ({"years": "0"}, "年契約は1〜100年"),
        ({"years": "-3"}, "年契約は1〜100年"),
        ({"years": "ten"}, ""),
        ({"capacity": "-1"}, "容量は20のようにGiBで入力するか、空欄にしてください。"),
        ({"capacity": "1e999"}, "容量は20のようにGiBで入力するか、空欄にしてください。"),
        ({"capacity": "0"}, ""),
        ({"cases": "120"}, ""),
        ({"copies": "2"}, "媒体への複製はデラックスクラスのみです。"),
        ({"at": "25:00"}, ""),
        ({"class": "golden"}, "economy"),
        ({"target": ""}, ""),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(sides: Sides, changes, said: str) -> None:
    page = sides.refused(**changes)
    assert said in page
    assert 'role="alert"' in page


def test_terms_of_one_target_do_not_overlap(sides: Sides) -> None:
    sides.agree()
    answer = sides.clinic.post("/contracts/new", data={**CHOSEN, "act": "offer", "start": "2026-06-01"})
    assert answer.status_code == 422
    assert len(sides.contracts()) == 1
    assert sides.offer(target="病棟")


def test_a_price_below_zero_is_refused_and_a_free_service_is_possible(sides: Sides) -> None:
    answer = sides.provider.post("/admin/plans", data={**PRICES, "deluxe": "-1"})
    assert answer.status_code == 422
    assert "料金は0円以上の整数で入力してください。" in answer.get_data(as_text=True)
    assert "第1版" in text(sides.provider, "/admin/plans")
    assert "第2版" not in text(sides.provider, "/admin/plans")
    free = {name: value if name in ("included", "step", "copies") else "0" for name, value in PRICES.items()}
    assert sides.provider.post("/admin/plans", data=free).status_code == 303
    sides.agree()
    assert [row.terms.unit_price.amount for row in sides.contracts()] == [0]
    assert "無料" in text(sides.clinic, "/contracts")


def test_the_provider_offers_too_and_either_side_declines_with_a_reason(sides: Sides) -> None:
    answer = sides.provider.post("/admin/facilities/aoba/contracts/new", data={**CHOSEN, "act": "offer"})
    there = answer.headers["Location"]
    assert 'data-count="facility.contracts">1<' in text(sides.clinic, "/home")
    assert 'data-count="facility.contracts"' not in text(sides.world.browser("aoba-nurse"), "/home")
    assert 'data-count="facility.contracts" hidden' in text(sides.world.browser("midori-admin"), "/home")
    assert 'data-count="admin.contracts">1<' in text(sides.provider, "/admin/plans")
    shown = f"/contracts/{there.rpartition('/')[2]}"
    sides.clinic.post(f"{shown}/withdraw", data={"reason": ""})
    assert "理由" in text(sides.clinic, shown)
    sides.clinic.post(f"{shown}/withdraw", data={"reason": "予算の都合"})
    assert "予算の都合" in text(sides.provider, there)
    sides.provider.post(f"{there}/sign", data={"digest": sides.digest(shown.rpartition("/")[2])})
    assert sides.contracts() == []


def test_after_the_last_contract_the_area_can_be_fetched_and_not_written_until_a_new_one_is_agreed(
    sides: Sides, clock: HeldClock
) -> None:
    made = sides.agree(period="monthly", months="1")
    assert sides.world.call("aoba-nurse", "PUT", "/files/note.txt", data=b"note").status_code == 201
    clock.set(datetime(2026, 5, 1, tzinfo=UTC))
    with sides.world.installation.database.transaction() as session:
        jobs.add(session, tasks.CALENDAR, {})
    run_queue(sides.world.installation, Queue.SLOW.value)
    refused = sides.world.call("aoba-nurse", "PUT", "/files/more.txt", data=b"more")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "area_read_only")
    assert sides.world.call("aoba-nurse", "GET", "/files/note.txt").data == b"note"
    assert "2026年6月30日(火)まですべて取り出せます" in text(sides.clinic, "/contracts")
    assert "最後の契約が終了し、領域は読み取り専用になりました" in text(sides.clinic, "/notices")
    assert sides.world.call("aoba-admin", "GET", "/contracts").get_json()["items"][0]["state"] == "wound-down"
    sides.agree(start="2026-05-01")
    assert sides.world.call("aoba-nurse", "PUT", "/files/more.txt", data=b"more").status_code == 201
    assert "終了しました" in text(sides.clinic, f"/contracts/{made}")


def test_the_provider_neither_sees_nor_changes_whose_data_is_backed_up(sides: Sides) -> None:
    old = sides.agree(period="monthly", months="", **{"except": "SECRET-9"})
    there = "/admin/facilities/aoba/contracts"
    assert "SECRET-9" in text(sides.clinic, f"/contracts/new?change={old}")
    for page in (f"{there}/new?change={old}", f"{there}/{old}"):
        assert "SECRET-9" not in text(sides.provider, page)
    change = {**CHOSEN, "act": "offer", "replaces": old, "start": "2026-05-01", "default": "out", "except": "P-1"}
    made = sides.provider.post(f"{there}/new", data=change).headers["Location"].rpartition("/")[2]
    with sides.world.installation.database.read() as session:
        offered = session.scalars(select(Offer).where(Offer.id == made)).one().terms.patients
    assert (offered.default, offered.exceptions) == ("in", frozenset({"SECRET-9"}))


def test_another_facility_sees_nothing_of_it(sides: Sides) -> None:
    made = sides.agree()
    stranger = sides.world.browser("midori-admin")
    assert stranger.get(f"/contracts/{made}").status_code == 404
    assert stranger.get(f"/contracts/new?change={made}").status_code == 404
    for act in ("sign", "withdraw", "end"):
        assert stranger.post(f"/contracts/{made}/{act}", data={"digest": "x", "reason": "x"}).status_code == 404
    assert sides.provider.get(f"/admin/facilities/midori/contracts/{made}").status_code == 404
