"""A contract from the choice to the invoice: quoted, signed by both sides, a night backed up, its month closed."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from capture_client.camera import phantom
from portal.demo.callers import Command, capture
from tests.browser.test_contract import agree, agree_there, press, set_prices
from tests.processes.live import DEVICE, Live
from vault.base import clock

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Window = Callable[[str], Page]
expect.set_options(timeout=45_000)

DAY = 24 * 60 * 60
ROOM = "内視鏡室 1"


@pytest.fixture
def later(live: Live, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Starts the portal again, so many days ahead of the device, which stays in today."""

    def start(days: int) -> None:
        live.server.kill()
        monkeypatch.setenv("KURA_CLOCK_SHIFT_SECONDS", str(days * DAY))
        live.server.start()
        monkeypatch.delenv("KURA_CLOCK_SHIFT_SECONDS")

    return start


def test_from_the_choice_to_the_invoice(
    live: Live, window: Window, later: Callable[[int], None], tmp_path: Path
) -> None:
    """Table 1 of the seed: 10 points × 1 year × ¥1,000 = ¥10,000, and 10 % tax."""
    provider, clinic = window("admin1"), window("aoba-admin")
    set_prices(provider)
    first = clock.today("Asia/Tokyo").replace(day=1)
    _choose(clinic, first)
    _shows_in_pdf(clinic, "見積書 KQ-000001", "10,000円", "11,000円", ROOM)
    agree(clinic)
    agree_there(provider)
    station = _station(live, tmp_path)
    for page in (provider, clinic):
        page.context.close()
    later(1)
    station.run("run", "--once")
    clinic = window("aoba-admin")
    _the_night_arrived(live, clinic)
    clinic.context.close()
    later((_following(first) - clock.today("Asia/Tokyo")).days + 1)
    _close(window("admin1"), first)
    clinic = window("aoba-admin")
    clinic.goto("/invoices")
    _shows_in_pdf(clinic, "KI-000001", ROOM, "10,000円", "11,000円", "10%対象 10,000円")
    _the_agreement_proves_itself(clinic)


def _choose(page: Page, start: date) -> None:
    page.goto("/contracts/new")
    page.get_by_label("バックアップする対象").fill(ROOM)
    page.get_by_label("開始日").fill(start.isoformat())
    page.get_by_label(re.compile("^時刻")).fill("02:00")
    press(page, "契約書を作って読む")
    expect(page.locator("#main")).to_contain_text("10ポイント × 1年 × 1,000円 = 10,000円")


def _station(live: Live, folder: Path) -> Command:
    """A capture client at the facility with an exam of two stills on its disk."""
    station = capture(folder / "station")
    station.run("init", "--server", live.server.url, "--token", live.tokens[DEVICE])
    (folder / "P-1").mkdir()
    for number, still in enumerate(phantom.stills(phantom.Exam(seed=5, size=(96, 64)), 2)):
        (folder / "P-1" / f"{number}.jpg").write_bytes(still)
    station.run("import", str(folder / "P-1"), "--patient", "P-1")
    return station


def _the_night_arrived(live: Live, page: Page) -> None:
    page.goto("/backups")
    expect(page.locator("#main")).to_contain_text("すべて届きました。")
    [exam] = live.caller("aoba-nurse").get("/exams")["items"]
    assert exam["state"] == "held"


def _following(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _close(page: Page, first: date) -> None:
    page.goto("/billing/")
    page.get_by_role("link", name="内容を見る").click()
    expect(page.locator("#main")).to_contain_text("10,000円")
    expect(page.locator("#main")).to_contain_text("青葉クリニック")
    press(page, "この月を締める")
    closed = page.get_by_role("row", name=re.compile(f"{first.year}年{first.month}月")).filter(has_text="11,000円")
    _until_shown(page, closed)


def _until_shown(page: Page, wanted: Locator) -> None:
    """A job does it in the background; the page is loaded again until it is there."""
    for _attempt in range(20):
        if wanted.count():
            return
        page.reload()
    expect(wanted).to_be_visible()


def _pdf(page: Page, link: str) -> bytes:
    """What the link leads to, with the cookies of that window."""
    address = page.get_by_role("link", name=re.compile(link)).first.get_attribute("href")
    answer = page.context.request.get(str(address))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    return answer.body()


def _shows_in_pdf(page: Page, link: str, *words: str) -> None:
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(_pdf(page, link))).pages)
    assert [word for word in words if word not in text] == []


def _the_agreement_proves_itself(page: Page) -> None:
    page.goto("/contracts")
    page.get_by_role("link", name=ROOM).first.click()
    content = _pdf(page, "合意書")
    expect(page.locator("#main")).to_contain_text(sha256(content).hexdigest())
    ((_name, (signed, *_)),) = PdfReader(io.BytesIO(content)).attachments.items()
    expect(page.locator("#main")).to_contain_text(sha256(signed).hexdigest())
    _shows_in_pdf(page, "合意書", ROOM, "aoba-admin", "admin1", "127.0.0.1")
