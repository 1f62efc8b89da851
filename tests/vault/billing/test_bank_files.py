"""A bank's CSV in the layouts of Japanese banks: read line by line, and refused with a sentence where it cannot be."""

import re
from datetime import date
from typing import Any

import pytest

from vault.base.errors import AppError
from vault.billing import bank_columns, bank_files, bank_values

TODAY = date(2026, 12, 1)
MUFG = """"日付","摘要","摘要内容","支払い金額","預かり金額","残高","メモ","未資金化区分","入払区分"
"2026/11/27","振込","ｱｵﾊﾞｸﾘﾆﾂｸ","","11,000","1,011,000","KI-000001","","入金"
"2026/11/28","手数料","ﾌﾘｺﾐﾃｽｳﾘﾖｳ","440","","1,010,560","","","出金"
"""
SMBC = """年月日,お引出し,お預入れ,お取り扱い内容,残高
R8.11.27,,11000,振込　ｱｵﾊﾞｸﾘﾆﾂｸ,1011000
"""
YUCHO = """お客さま口座情報
取引日,受入金額（円）,払出金額（円）,詳細１,詳細２,現在（貸付）高
20261127,"11,000",,振込,アオバクリニツク,"1,011,000"
"""
RAKUTEN = """取引日,入出金(円),取引後残高(円),入出金内容
20261127,11000,1011000,アオバクリニツク
20261128,-440,1010560,手数料
"""
PAYPAY = """"操作日(年)","操作日(月)","操作日(日)","取引順番号","摘要","お支払金額","お預り金額","残高","メモ"
"2026","11","27","1","振込 ｱｵﾊﾞｸﾘﾆﾂｸ","","11000","1011000",""
"""


def read(text: str, encoding: str = "cp932", **said: str) -> bank_files.Statement:
    return bank_files.read(text.encode(encoding), said, TODAY)


@pytest.mark.parametrize("text", [MUFG, SMBC, YUCHO, RAKUTEN, PAYPAY])
@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig"])
def test_usual_layouts_are_read_as_they_are(text: str, encoding: str) -> None:
    (line,) = read(text, encoding).lines
    assert (line.received_on, line.amount) == (date(2026, 11, 27), 11_000)
    assert bank_values.payer_key(line.payer) == "アオバクリニツク"


def test_what_went_out_is_left_out_and_counted() -> None:
    assert [read(text).left_out for text in (MUFG, SMBC, RAKUTEN)] == [1, 0, 1]


def test_columns_are_as_the_settings_say_by_heading_or_number() -> None:
    text = "番号,いつ,いくら,だれ\n1,令和8年11月27日,¥11,000円,アオバ\n".replace("¥11,000円", '"¥11,000円"')
    said = bank_columns.mapping("date=いつ, in=いくら, payer=だれ")
    assert [one.amount for one in read(text, "utf-8", **said).lines] == [11_000]
    numbered = bank_columns.mapping("date=2, in=3, payer=4")
    assert [one.payer for one in read(text.partition("\n")[2], "utf-8", **numbered).lines] == ["アオバ"]
    with pytest.raises(ValueError, match="colour"):
        bank_columns.mapping("colour=3")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("令和8年11月28日", "2026-11-28"),
        ("令和 8年 11月 8日", "2026-11-08"),
        ("令和元年5月1日", "2019-05-01"),
        ("R8.11.28", "2026-11-28"),
        ("R08/11/28", "2026-11-28"),
        ("H31.4.30", "2019-04-30"),
        ("2026/11/28", "2026-11-28"),
        ("2026/1/8", "2026-01-08"),
        ("２０２６年１１月２８日", "2026-11-28"),
        ("2026-11-28 09:30:00", "2026-11-28"),
        ("20261128", "2026-11-28"),
    ],
)
def test_days_in_western_and_japanese_forms(written: str, day: str) -> None:
    assert bank_values.day(written) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("written", "yen"),
    [("1,100", 1100), ("¥1,100", 1100), ("\\1,100", 1100), ("￥１，１００", 1100), ("1100円", 1100), ("+1,100", 1100),
     ("-1,100", -1100), ("▲1,100", -1100), ("¥-1,100", -1100), ("", 0), ("0", 0)],
)  # fmt: skip
def test_amounts_with_commas_and_yen_signs(written: str, yen: int) -> None:
    assert bank_values.amount(written) == yen


@pytest.mark.parametrize("written", ["1.5", "1,1", "千円", "1e9", "9" * 14])
def test_what_is_no_whole_yen_is_no_amount(written: str) -> None:
    with pytest.raises(ValueError, match=re.escape(written)):
        bank_values.amount(written)


@pytest.mark.parametrize(
    "name",
    ["ｶ)ｱｵﾊﾞ ﾒﾃﾞｨｶﾙ", "カ）アオバメデイカル", "株式会社アオバメディカル", "アオバ・メディカル(カ)", "アオバ　メディカル"],
)
def test_a_payer_is_the_same_in_all_the_ways_banks_write_it(name: str) -> None:
    assert bank_values.payer_key(name) == "アオバメデイカル"


def test_the_same_line_has_the_same_digest_and_two_alike_on_a_day_are_two() -> None:
    head, row = SMBC.splitlines()
    first, second = read(f"{head}\n{row}\n{row}\n").lines
    (again,) = read(SMBC, "utf-8").lines
    assert first.digest == again.digest != second.digest


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "bank_no_csv"),
        (b"\xff\xfe\x81", "bank_no_csv"),
        (b"hello", "bank_no_csv"),
        (b'a,b,c\n"unclosed,1,2', "bank_no_csv"),
        (b"a,b,c\n1,2,3\n", "bank_columns"),
        (b"x" * (5 * 2**20 + 1), "bank_file_large"),
        (MUFG.replace("11,000", "-11,000").encode(), "bank_negative"),
        (MUFG.replace("11,000", "eleven").encode(), "bank_amount"),
        (MUFG.replace("2026/11/27", "27 Nov").encode(), "bank_day"),
        (MUFG.replace("2026/11/27", "2026/12/02").encode(), "bank_day_to_come"),
        (MUFG.replace("2026/11/27", "2026/02/30").encode(), "bank_day"),
        (MUFG.replace("ｱｵﾊﾞｸﾘﾆﾂｸ", "=HYPERLINK(1)").encode(), "bank_formula"),
        (MUFG.replace("KI-000001", "＝1+1").encode(), "bank_formula"),
        (MUFG.splitlines()[0].encode(), "bank_nothing"),
        (f"{MUFG}2026/11/29,a,b,\n".encode(), "bank_line_short"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(AppError) as refused:
        bank_files.read(content, {}, TODAY)
    assert refused.value.reason == reason


def test_a_refusal_names_the_line() -> None:
    refused: Any
    with pytest.raises(AppError) as refused:
        read(MUFG.replace("11,000", "eleven"))
    assert refused.value.values["number"] == 2
