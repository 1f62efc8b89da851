"""The two papers of a contract over the web: a quotation before anything is agreed, and what both sides agreed to."""

import io
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from portal.worker import run_queue
from tests.http.test_contract_pages import CHOSEN, PRICES, Sides, text
from tests.http.world import World
from tests.services.clock import HeldClock
from vault.base import printing
from vault.base.jobs import Queue


@pytest.fixture
def sides(clock: HeldClock, world: World) -> Sides:
    """The first of April 2026 in Tokyo; the provider has set its prices and says who it is."""
    own = {"registration": "T1234567890123", "address": "東京都新宿区1-1"}
    settings = world.installation.settings
    billing = settings.billing.model_copy(update=own)
    world.installation.settings = settings.model_copy(update={"billing": billing})
    made = Sides(world)
    assert made.provider.post("/admin/plans", data=PRICES).status_code == 303
    return made


def words(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    document = PdfReader(io.BytesIO(answer.data))
    return "".join(page.extract_text() for page in document.pages)


def missing(wanted: list[str], said: str) -> list[str]:
    return [word for word in wanted if word not in said]


def test_a_quotation_says_what_it_costs_before_anything_is_agreed(sides: Sides) -> None:
    """
    Economy ¥1,000, 45 GiB are three steps of ¥150, 150 cases one of ¥40: ¥1,490 a point; 10 points × 2 years are
    ¥29,800, 10 % of it ¥2,980.
    """
    shown = sides.offer(years="2", capacity="45", cases="150")
    assert f"{shown}/quotation.pdf" in text(sides.clinic, shown)
    japanese = words(sides.clinic, f"{shown}/quotation.pdf")
    wanted = ["見積書", "KQ-000001", "2026年4月1日", "2026年5月1日", "青葉クリニック", "T1234567890123", "1,490円"]
    wanted += [
        "29,800円",
        "2,980円",
        "32,780円",
        "10%",
        "45 GB",
        "150症例",
        "エコノミー",
        "3 × 150円",
        "2028年3月31日",
    ]
    assert missing(wanted, japanese) == []
    english = words(sides.provider, f"/admin/facilities/aoba{shown}/quotation.pdf?language=en")
    wanted = [
        "Quotation",
        "KQ-000001",
        "1 Apr 2026",
        "Valid until",
        "1 May 2026",
        "¥1,490",
        "¥29,800",
        "¥2,980",
        "¥32,780",
    ]
    assert missing([*wanted, "2 years", "45 GB", "150 cases", "Economy", "Registration number"], english) == []
    assert sides.contracts() == []


def test_a_quotation_by_the_month_is_one_month_s_and_a_free_one_costs_nothing(sides: Sides) -> None:
    monthly = words(sides.clinic, f"{sides.offer(period='monthly', months='')}/quotation.pdf?language=en")
    assert missing(["Quoted amount a month", "¥1,000", "¥100", "¥1,100", "renews by itself", "1 month"], monthly) == []
    free = {name: value if name in ("included", "step", "copies") else "0" for name, value in PRICES.items()}
    assert sides.provider.post("/admin/plans", data=free).status_code == 303
    assert "KQ-000002" in words(sides.clinic, f"{sides.offer(target='病棟')}/quotation.pdf")


def test_the_tax_is_that_of_the_first_day(sides: Sides) -> None:
    settings = sides.world.installation.settings
    billing = settings.billing.model_copy(update={"tax_rates": "2026-10-01=12"})
    sides.world.installation.settings = settings.model_copy(update={"billing": billing})
    before, after = (sides.offer(target=day, start=day) for day in ("2026-09-30", "2026-10-01"))
    assert "11,000円" in words(sides.clinic, f"{before}/quotation.pdf")
    assert missing(["12%", "1,200円", "11,200円"], words(sides.clinic, f"{after}/quotation.pdf")) == []


def test_what_was_quoted_stays_and_is_not_agreed_to_after_its_time(sides: Sides, clock: HeldClock) -> None:
    shown = sides.offer()
    sides.provider.post("/admin/plans", data={**PRICES, "economy": "9000"})
    assert "11,000円" in words(sides.clinic, f"{shown}/quotation.pdf")
    assert "この料金は2026年5月1日(金)まで有効です。" in text(sides.clinic, shown)
    clock.forward(timedelta(days=31))
    assert "提示は2026年5月1日(金)まで有効でした。" in text(sides.clinic, shown)
    digest = sides.digest(shown.rpartition("/")[2])
    told = sides.clinic.post(f"{shown}/sign", data={"digest": digest}, follow_redirects=True)
    assert "2026-05-01まで有効でした" in told.text
    assert sides.contracts() == []


def test_a_change_says_that_its_credit_is_not_quoted(sides: Sides) -> None:
    old = sides.agree()
    chosen = {**CHOSEN, "act": "offer", "start": "2026-04-20", "replaces": old}
    shown = sides.clinic.post("/contracts/new", data=chosen).headers["Location"]
    assert "日割り" in words(sides.clinic, f"{shown}/quotation.pdf")


def test_both_sides_fetch_the_same_agreement_and_nobody_else(sides: Sides) -> None:
    made = sides.agree()
    here, there = f"/contracts/{made}", f"/admin/facilities/aoba/contracts/{made}"
    assert "合意書のPDFを作成しています" in text(sides.clinic, here)
    assert sides.clinic.get(f"{here}/agreement.pdf").status_code == 404
    run_queue(sides.world.installation, Queue.SLOW.value)
    kept = sides.clinic.get(f"{here}/agreement.pdf").data
    assert sides.provider.get(f"{there}/agreement.pdf").data == kept
    assert sides.world.call("aoba-admin", "GET", f"/contracts/{made}.pdf").data == kept
    for browser, page in ((sides.clinic, here), (sides.provider, there)):
        assert sha256(kept).hexdigest() in text(browser, page)
    assert (
        missing(
            ["バックアップ契約書", "aoba-admin", "admin1", "127.0.0.1"], words(sides.clinic, f"{here}/agreement.pdf")
        )
        == []
    )
    stranger = sides.world.browser("midori-admin")
    for name in ("agreement", "quotation"):
        assert stranger.get(f"{here}/{name}.pdf").status_code == 404
        assert sides.provider.get(f"/admin/facilities/midori/contracts/{made}/{name}.pdf").status_code == 404
    assert sides.world.call("midori-admin", "GET", f"/contracts/{made}.pdf").status_code == 404


def test_each_side_agrees_in_its_own_language(sides: Sides) -> None:
    shown = sides.offer()
    made = shown.rpartition("/")[2]
    there = f"/admin/facilities/aoba{shown}"
    sides.clinic.post(f"{shown}/sign", data={"digest": sides.digest(made)})
    sides.provider.post(f"{there}/sign?language=en", data={"digest": sides.digest(made)})
    run_queue(sides.world.installation, Queue.SLOW.value)
    assert "Contract of backup" in words(sides.clinic, f"{shown}/agreement.pdf?language=en")
    assert "バックアップ契約書" in words(sides.provider, f"{there}/agreement.pdf?language=ja")


def test_where_nothing_can_be_printed_it_is_said_and_the_text_is_still_there(
    sides: Sides, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(printing, "FONTS", (str(tmp_path / "none.ttc"),))
    made = sides.agree()
    run_queue(sides.world.installation, Queue.SLOW.value)
    assert sides.clinic.get(f"/contracts/{made}/quotation.pdf").status_code == 503
    assert sides.clinic.get(f"/contracts/{made}/agreement.pdf").status_code == 404
    assert sha256(sides.clinic.get(f"/contracts/{made}/text").data).hexdigest() == sides.digest(made)
