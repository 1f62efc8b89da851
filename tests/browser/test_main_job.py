"""The main job as people live it: a nurse asks about images, a technician answers, the nurse picks it up."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import neighbours
from tests.processes.live import BODY, SUBJECT, Live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

Window = Callable[[str], Page]
ANSWER = "撮像素子の信号線の不良です。使用を止めてください。"
QUESTION = "帯は全ての検査で出ますか。"
REPLY = "このスコープだけです。"
IMAGES = neighbours.STILLS * (len(neighbours.NAMES) + 1)
CASE = "緑色の帯"
REASON = "緑色の帯の報告を施設をまたいで調べる"
expect.set_options(timeout=45_000)


def test_a_request_lives_from_the_exam_to_the_answer_in_hand(live: Live, window: Window) -> None:
    neighbours.report(live)
    live.held(neighbours.stills(3, banded=True), scope={"model": neighbours.MODEL, "serial": "3"})
    nurse, technician, colleague = (window(login) for login in ("aoba-nurse", "repair1", "repair2"))
    _nurse_files(nurse)
    _technician_takes(technician)
    _colleague_sees_it_held(colleague)
    _ask_and_reply(technician, nurse)
    nurse.goto("/home")
    _answer(technician)
    _nurse_picks_up(nurse)
    analyst = window("analyst1")
    _analyst_opens_a_case_and_finds_three_other_areas(analyst)
    _analyst_measures_the_exams_of_that_model(analyst)
    _administrator_reads_who_looked(window("aoba-admin"), "検索", "分析", "検索結果を閲覧")
    _administrator_reads_who_looked(window("ume-admin"), "検索", "分析")


def _press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name=name).first.click()


def _shows(page: Page, *words: Any) -> None:
    for one in words:
        expect(page.locator("#main")).to_contain_text(one)


def _nurse_files(page: Page) -> None:
    page.goto("/exams")
    page.get_by_role("link", name=re.compile("EGD")).first.click()
    page.get_by_role("link", name="この検査について聞く").click()
    for number in (0, 1):
        page.get_by_label("この画像について").nth(number).check()
    page.locator("label.opt", has_text="緊急").click()
    page.get_by_label("件名(一行で)").fill(SUBJECT)
    page.get_by_label("何が起きましたか? 何が必要ですか?").fill(BODY)
    _press(page, re.compile("^依頼を送る"))
    expect(page.locator(".flashes")).to_contain_text("送信")
    _shows(page, SUBJECT, BODY, "緊急")
    expect(page.locator("figure.marked")).to_have_count(2)


def _technician_takes(page: Page) -> None:
    page.goto("/queue")
    item = page.locator("[data-item]", has_text=SUBJECT)
    expect(item).to_contain_text("手がかり:")
    expect(item).to_contain_text("青葉クリニック")
    item.get_by_role("link", name=SUBJECT).click()
    _shows(page, BODY, "ここに届いた理由")
    _press(page, re.compile("^対応する"))
    expect(page.get_by_label(re.compile("への回答$"))).to_be_visible()


def _colleague_sees_it_held(page: Page) -> None:
    page.goto("/queue")
    item = page.locator("[data-item]", has_text=SUBJECT)
    expect(item).to_contain_text(re.compile("repair1が対応中"))
    expect(item.get_by_role("button")).to_have_count(0)


def _ask_and_reply(technician: Page, nurse: Page) -> None:
    technician.locator("summary", has_text="施設に質問する").click()
    technician.locator("#ask-body").fill(QUESTION)
    _press(technician, "質問を送る")
    _shows(technician, QUESTION)
    nurse.reload()
    _shows(nurse, QUESTION)
    nurse.get_by_label("返信", exact=True).fill(REPLY)
    _press(nurse, re.compile("^返信を送る"))
    _shows(nurse, REPLY)


def _answer(page: Page) -> None:
    page.reload()
    _shows(page, REPLY)
    page.get_by_label(re.compile("への回答$")).fill(ANSWER)
    _press(page, re.compile("^回答を送る"))
    _shows(page, ANSWER)
    expect(page.get_by_role("button", name="取り消す")).to_be_visible()


def _nurse_picks_up(page: Page) -> None:
    notice = page.locator(".toast")
    expect(notice).to_contain_text("回答が届きました。", timeout=90_000)
    expect(page.locator('[data-count="facility.inbox"]')).to_have_text("1")
    notice.get_by_role("link", name="表示").click()
    _shows(page, SUBJECT, ANSWER)
    _press(page, re.compile("^受け取る"))
    expect(page.locator(".flashes")).to_contain_text("受け取りました。")
    _shows(page, re.compile("aoba-nurseが受け取り"))


def _analyst_opens_a_case_and_finds_three_other_areas(page: Page) -> None:
    page.goto("/cases")
    page.get_by_label("題名").fill(CASE)
    page.get_by_label("理由").fill(REASON)
    _press(page, "案件を開く")
    page.get_by_label("検索する言葉").fill("緑色の帯")
    page.get_by_role("button", name="検索", exact=True).click()
    results = page.locator("#results")
    expect(results.get_by_role("link", name=SUBJECT).first).to_be_visible()
    for name in ("青葉クリニック", *neighbours.NAMES.values()):
        expect(results.locator("li", has_text=name).first).to_be_visible()


def _analyst_measures_the_exams_of_that_model(page: Page) -> None:
    """Again until every image has been read: small renderings are made in the background; what lacks one is told."""
    read = re.compile(f"4件の検査の画像{IMAGES}枚を測りました。$")
    for _attempt in range(10):
        _order_an_analysis(page)
        told = page.locator("#analysis .note")
        expect(told).to_be_visible()
        if read.search(told.inner_text()):
            break
    expect(told).to_contain_text(f"目立つ画像{IMAGES}枚")
    for name in ("青葉クリニック", *neighbours.NAMES.values()):
        row = page.locator("#analysis tr", has_text=name)
        expect(row.get_by_role("cell")).to_have_text([str(neighbours.STILLS)] * 2)
    page.locator("#analysis li").get_by_role("link", name="青葉クリニック").first.click()
    _shows(page, "青葉クリニック", "P-1")


def _order_an_analysis(page: Page) -> None:
    page.goto("/analyses")
    page.get_by_label("案件").select_option(label=CASE)
    page.get_by_label("スコープの型").fill(neighbours.MODEL)
    _press(page, "開始")


def _administrator_reads_who_looked(page: Page, *acts: str) -> None:
    page.goto("/access-log")
    for act in acts:
        look = page.get_by_role("row").filter(has_text="analyst1").filter(has_text=act).first
        expect(look).to_contain_text(REASON)
