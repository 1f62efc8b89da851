"""A drawing says what its table says, and a table goes out as a file that a spreadsheet reads and runs nothing of."""

import csv
import io
import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.pages.figures import drawings
from portal.pages.figures.drawings import Place, Series
from portal.pages.figures.shown import Column, Kind, Row, Table, Window, as_csv

DAYS = [date(2026, 11, 1) + timedelta(days=number) for number in range(30)]


def test_a_file_holds_plain_values_and_no_formula() -> None:
    columns = [Column("施設"), Column("月", Kind.MONTH), Column("日", Kind.DATE), Column("円", Kind.YEN)]
    day = date(2026, 4, 1)
    rows = [Row(["=1+1", day, day, 12000]), Row(["-2", day, None, 0]), Row(["第一, クリニック", day, None, -5])]
    answer = as_csv(Table(columns, rows), "kura-open")
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff"), "else a spreadsheet takes UTF-8 for something else"
    assert list(csv.reader(io.StringIO(text[1:])))[1:] == [
        ["'=1+1", "2026-04", "2026-04-01", "12000"],
        ["'-2", "2026-04", "", "0"],
        ["第一, クリニック", "2026-04", "", "-5"],
    ]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="kura-open.csv"'


def test_each_column_tells_its_values_in_words() -> None:
    drawn = drawings.columns(
        "2 in all", [Series("bare", "bad"), Series("followed", "two")], [Place("a", "Monday", [[2, 0]])], str, str
    )
    assert drawn["columns"][0]["words"] == "Monday · bare: 2"
    assert [bool(path["d"]) for path in drawn["paths"]] == [True, False]
    assert not drawn["empty"]


@given(st.sets(st.integers(0, 29)))
def test_a_strip_marks_the_nights_that_went_wrong_and_no_other(wrong: set[int]) -> None:
    marks = [{"place": place, "hue": "bad"} for place in sorted(wrong)]
    series = [{"hue": "bad", "glyph": "×", "name": "missed"}, {"hue": "late", "glyph": "!", "name": "failed"}]
    row = {"name": "a", "url": "", "words": "", "told": "", "marks": marks}
    layers = drawings.strips("", [row], series, DAYS)["rows"][0]["layers"]
    drawn = set()
    for layer in layers:
        assert layer["glyphs"] == "×" * len(wrong)
        assert len(layer["at"].split()) == len(wrong)
        for x, width in re.findall(r"M([\d.]+) 0h([\d.]+)v", layer["d"]):
            first = round(float(x) / (100 / 30))
            drawn |= set(range(first, first + round((float(width) + 0.3) / (100 / 30))))
    assert drawn == wrong


def test_a_span_outside_its_window_is_left_out() -> None:
    window = (DAYS[0], DAYS[-1])
    row = {"name": "a", "url": "", "words": "", "more": "", "hue": "one", "first": DAYS[0], "last": None}
    gone = row | {"last": DAYS[0] - timedelta(days=1), "first": date(2020, 1, 1)}
    drawn = drawings.spans([row, gone], window, DAYS[15])
    assert [(one["x"], one["width"], one["cut"]) for one in drawn["rows"]] == [(0, 100, True)]
    assert drawn["today"] == 50


def test_one_row_more_tells_that_there_are_more() -> None:
    assert Window(limit=2).reach == 3
    assert Window(limit=2).cut([1, 2, 3]) == ([1, 2], True)
    assert Window(limit=2).cut([1, 2]) == ([1, 2], False)
    assert Window().cut([1, 2, 3]) == ([1, 2, 3], False)
