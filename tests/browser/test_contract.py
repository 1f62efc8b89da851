"""A contract as both sides sign it: prices set, chosen with the price in sight, read, agreed to here and there."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.processes.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Window = Callable[[str], Page]
expect.set_options(timeout=45_000)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(name)).first.click()


def test_both_sides_sign_and_the_device_has_its_plan(live: Live, window: Window) -> None:
    provider, clinic = window("admin1"), window("aoba-admin")
    set_prices(provider)
    _choose(clinic)
    agree(clinic)
    expect(clinic.locator("#main")).to_contain_text("相手方の署名を待っています")
    assert live.caller("aoba-capture1").get("/backup-plan")["target"] is None
    agree_there(provider)
    clinic.reload()
    expect(clinic.locator("#main")).to_contain_text("有効")
    expect(clinic.locator("#main")).to_contain_text("施設: 同意済み · 提供会社: 同意済み")
    plan = live.caller("aoba-capture1").get("/backup-plan")
    assert (plan["target"], plan["timing"], plan["unit"]) == ("内視鏡室 1", "nightly@03:15", "patient")
    clinic.goto("/contracts")
    expect(clinic.locator("#main")).to_contain_text("27,500円")


def set_prices(page: Page) -> None:
    page.goto("/admin/plans")
    page.get_by_label("エコノミー", exact=True).fill("1000")
    page.get_by_label("追加1段の料金(円/ポイント)").fill("125")
    press(page, "今後この料金を提示する")
    expect(page.locator(".flashes")).to_contain_text("第1版")


def _choose(page: Page) -> None:
    page.goto("/contracts")
    page.get_by_role("link", name="新しい契約").click()
    page.get_by_label("バックアップする対象").fill("内視鏡室 1")
    page.get_by_label(re.compile("年数")).fill("2")
    page.get_by_label(re.compile("^時刻")).fill("03:15")
    page.locator("label.opt", has_text="患者単位").click()
    page.get_by_label(re.compile(r"容量\(GiB\)")).fill("20")
    page.get_by_label(re.compile("患者ID")).fill("P-9")
    price = page.locator("#price")
    expect(price).to_contain_text("10ポイント × 2年 × 1,000円 = 20,000円")
    page.get_by_label(re.compile(r"容量\(GiB\)")).fill("50")
    page.get_by_label(re.compile("患者ID")).focus()
    expect(price).to_contain_text("10ポイント × 2年 × 1,375円 = 27,500円")
    press(page, "契約書を作って読む")
    expect(page.locator("#main")).to_contain_text("バックアップ契約書")
    expect(page.locator("#main")).to_contain_text("追加容量: 3 × 125円 = 375円")


def agree(page: Page) -> None:
    press(page, "この文面に同意する")
    expect(page.locator(".flashes")).to_contain_text("同意しました")


def agree_there(page: Page) -> None:
    page.goto("/admin/contracts?view=to-sign")
    page.get_by_role("link", name="内視鏡室 1").click()
    expect(page.locator("#main")).to_contain_text("青葉クリニック")
    agree(page)
    expect(page.locator("#main")).to_contain_text("127.0.0.1")
