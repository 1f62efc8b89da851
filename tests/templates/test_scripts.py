"""The scripts in a browser, under the portal's policy: keys, light-box, rings, drafts, live notices, the lock."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.templates import render
from tests.templates.samples import PAGES
from tests.templates.site import Site, serving

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
SHOWN = {page.name: page for page in PAGES}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    for name in (
        "facility-request-new",
        "facility-home",
        "department-queue",
        "department-queue-empty",
        "department-assignment",
    ):
        shown = SHOWN[name]
        shown = replace(shown, context={**shown.context, "draft_url": "/draft", "events_url": "/events"})
        (tmp_path / f"{name}.html").write_text(render.html(shown, "en"))
    sample = tmp_path / "sample"
    sample.mkdir()
    for number in range(6):
        for kind in ("plain", "band"):
            cv2.imwrite(str(sample / f"{kind}-{number}.jpg"), np.full((360, 640, 3), 40 * number, np.uint8))
    with serving(tmp_path) as served:
        yield served


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
    yield opened
    assert complaints == []
    context.close()


def test_a_ring_in_the_light_box_marks_the_image_and_is_kept_as_a_draft(tab: Page, site: Site) -> None:
    tab.goto(f"{site.base}/facility-request-new.html")
    box = tab.locator("input[name=images]").nth(2)
    expect(box).not_to_be_checked()
    tab.locator("a[data-light]").nth(2).click()
    expect(tab.locator("dialog.light")).to_be_visible()
    tab.get_by_role("button", name="Mark a place").click()
    with tab.expect_response("**/draft") as kept:
        tab.locator(".light-fit img").click()
    assert kept.value.ok
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog.light")).not_to_be_visible()
    expect(box).to_be_checked()
    fields = parse_qs(site.posted[-1][1].decode())
    (ring,) = json.loads(fields["marks"][0])["e1/0002.jpg"]
    assert ring["type"] == "ring"
    assert ring["x"] == pytest.approx(0.5, abs=0.02)
    assert ring["y"] == pytest.approx(0.5, abs=0.02)
    assert fields["images"] == ["e1/0001.jpg", "e1/0002.jpg", "e1/0004.jpg"]
    expect(tab.locator("[data-draft-status]")).to_contain_text("Draft saved")


def test_arrows_walk_the_light_box_and_give_the_focus_back(tab: Page, site: Site) -> None:
    tab.goto(f"{site.base}/department-assignment.html")
    tab.locator("a[data-light]").nth(0).click()
    label = tab.locator(".light-bar span")
    expect(label).to_have_text("1 of 2")
    tab.keyboard.press("ArrowRight")
    expect(label).to_have_text("2 of 2")
    tab.keyboard.press("ArrowRight")
    expect(label).to_have_text("1 of 2")
    expect(tab.locator(".light-fit ellipse")).to_have_count(1)
    tab.keyboard.press("Escape")
    expect(tab.locator("a[data-light]").nth(0)).to_be_focused()


def test_urgent_shows_the_telephone_without_any_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{site.base}/facility-request-new.html")
    plain.get_by_label("In its turn").check()
    expect(plain.get_by_text("03-0000-0000")).to_be_hidden()
    plain.get_by_label("Urgent").check()
    expect(plain.get_by_text("03-0000-0000")).to_be_visible()
    context.close()


def test_the_queue_is_walked_by_keys(tab: Page, site: Site) -> None:
    tab.goto(f"{site.base}/department-queue.html")
    for _ in range(3):
        tab.keyboard.press("j")
    tab.keyboard.press("k")
    expect(tab.locator("[data-item]").nth(1)).to_have_attribute("aria-current", "true")
    tab.keyboard.press("?")
    expect(tab.locator("dialog.keys")).to_contain_text("Take the item")
    tab.keyboard.press("Escape")
    tab.keyboard.press("k")
    with tab.expect_navigation(url="**/department/assignment_claim*"):
        tab.keyboard.press("c")
    assert site.posted[-1][0] == "/department/assignment_claim?assignment_id=q1"


def test_a_key_focuses_the_answer_and_letters_typed_there_stay_letters(tab: Page, site: Site) -> None:
    tab.goto(f"{site.base}/department-assignment.html")
    tab.keyboard.press("a")
    expect(tab.locator("#answer-body")).to_be_focused()
    tab.keyboard.type("tq?")
    expect(tab.locator("#answer-body")).to_have_value("撮像素子の信号線の劣化と思われます。tq?")
    expect(tab.locator("dialog")).to_have_count(0)


def test_an_answer_is_told_at_once_and_the_figures_move(tab: Page, site: Site) -> None:
    home = site.root / "facility-home.html"
    tab.goto(f"{site.base}/facility-home.html")
    home.write_text(home.read_text().replace('data-count="facility.inbox">2<', 'data-count="facility.inbox">3<'))
    site.events.put("answer.ready")
    expect(tab.locator(".toast")).to_contain_text("An answer has arrived.")
    expect(tab.locator('[data-count="facility.inbox"]')).to_have_text("3")
    assert "緑色" not in tab.locator(".toast").inner_text()


def test_an_empty_queue_fills_itself_and_its_keys_work_at_once(tab: Page, site: Site) -> None:
    empty = site.root / "department-queue-empty.html"
    address = "/department/queue?department=repair&amp;view=open"
    empty.write_text(empty.read_text().replace(address, "/department-queue.html"))
    tab.goto(f"{site.base}/department-queue-empty.html")
    expect(tab.locator("#queue")).to_contain_text("Nothing waits here")
    site.events.put("assignment.changed")
    expect(tab.locator("#queue")).to_contain_text("送水ボタンが戻らない")
    tab.keyboard.press("j")
    expect(tab.locator("[data-item]").nth(0)).to_have_attribute("aria-current", "true")


def test_an_idle_shared_screen_keeps_the_draft_then_locks(tab: Page, site: Site) -> None:
    page = SHOWN["facility-request-new"]
    locking = replace(page, context={**page.context, "draft_url": "/draft", "idle_seconds": 1})
    (site.root / "locking.html").write_text(render.html(locking, "en"))
    (site.root / "account").mkdir()
    (site.root / "account" / "lock").write_text("<!doctype html><title>locked</title>")
    tab.goto(f"{site.base}/locking.html")
    tab.locator("#subject").fill("half a sent")
    tab.wait_for_url("**/account/lock?next=%2Flocking.html", timeout=15000)
    paths = [path for path, _body in site.posted]
    before = site.posted[: paths.index("/account/lock")]
    assert "half+a+sent" in next(body for path, body in reversed(before) if path == "/draft").decode()
