"""Drawings are true to their figures: round ticks that reach, pieces as high as their values, stretches of days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import plots
from templates import LANGUAGES, filters
from templates.filters import Reader

VALUES = st.integers(0, 10**12)
UNITS = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12, "万": 10**4, "億": 10**8, "兆": 10**12}
BYTES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40, "PB": 2**50}


def reader(lang: str) -> Reader:
    return Reader(lang, ZoneInfo("Asia/Tokyo"), datetime(2026, 11, 23, tzinfo=UTC))


def meant(words: str) -> float:
    """What a short count says."""
    unit = UNITS.get(words[-1], 1)
    return float(words.rstrip("KMBT万億兆").replace(",", "")) * unit


@given(VALUES)
def test_ticks_reach_the_greatest_value_and_are_few(most: int) -> None:
    for binary in (False, True):
        found = plots.ticks(most, binary=binary)
        assert found[0] == 0
        assert found[-2] < max(1, most) <= found[-1]
        assert 2 <= len(found) <= 6


@pytest.mark.parametrize("lang", LANGUAGES)
@given(most=VALUES)
def test_ticks_are_said_whole_in_both_languages(lang: str, most: int) -> None:
    """What is written beside a line is what the line stands for, nothing rounded away."""
    for tick in plots.ticks(most):
        assert meant(filters.short(tick, reader(lang))) == pytest.approx(tick)
    for tick in plots.ticks(most, binary=True):
        figures, unit = filters.size(tick, reader(lang)).split(" ")
        assert float(figures.replace(",", "")) * BYTES[unit] == tick


@given(st.lists(st.lists(st.lists(VALUES, min_size=2, max_size=3), min_size=1, max_size=2), max_size=31))
def test_pieces_stand_for_their_values_and_never_leave_the_drawing(places: list[list[list[int]]]) -> None:
    drawn = plots.columns(places)
    top = drawn.ticks[-1].value
    assert [tick.y for tick in (drawn.ticks[0], drawn.ticks[-1])] == [plots.HEIGHT, 0]
    for place, column in zip(places, drawn.columns, strict=True):
        told = [piece.value for piece in column.pieces]
        assert told == [value for stack in place for value in stack if value], "the drawing sums to its table"
        for piece in column.pieces:
            assert piece.height == pytest.approx(plots.HEIGHT * piece.value / top, abs=0.01)
            assert piece.y >= -0.01
            assert piece.y + piece.height <= plots.HEIGHT + 0.02
            assert 0 <= piece.x <= piece.x + piece.width <= 100.05


def test_a_stack_stands_on_the_piece_below_it_and_stacks_stand_side_by_side() -> None:
    (column,) = plots.columns([[[30, 70], [50]]]).columns
    low, high, beside = column.pieces
    assert (low.series, high.series, beside.series) == (0, 1, 2)
    assert high.y + high.height == pytest.approx(low.y)
    assert beside.x == pytest.approx(low.x + low.width)


def test_nothing_at_all_is_drawn_as_nothing() -> None:
    drawn = plots.columns([[[0]], [[0]]])
    assert [column.pieces for column in drawn.columns] == [(), ()]
    assert [tick.value for tick in drawn.ticks] == [0, 1]


def test_a_share_stays_on_its_track() -> None:
    assert [plots.share(*one) for one in ((1, 4), (9, 4), (-1, 4), (1, 0))] == [25, 100, 0, 0]


def test_a_stretch_of_days_is_cut_at_its_window() -> None:
    window = (date(2026, 1, 1), date(2026, 4, 10))
    assert plots.stretch(date(2026, 1, 11), date(2026, 1, 20), window) == plots.Stretch(10, 10, False)
    assert plots.stretch(date(2025, 1, 1), None, window) == plots.Stretch(0, 100, True)
    assert plots.stretch(date(2025, 1, 1), date(2025, 12, 31), window) is None


@pytest.mark.parametrize(("lang", "words"), [("ja", ["120万円", "11月", "11/23"]), ("en", ["¥1.2M", "Nov", "23 Nov"])])
def test_what_stands_beside_a_line_is_short(lang: str, words: list[str]) -> None:
    day = date(2026, 11, 23)
    said = filters.short_yen(1_200_000, reader(lang))
    assert [said, filters.month_of_year(day, reader(lang)), filters.day_of_month(day, reader(lang))] == words
