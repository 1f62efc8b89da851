"""Moments, spans, sizes and money as the reader's language writes them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates import filters

NOW = datetime(2026, 11, 23, 5, 5, 9, tzinfo=UTC)
JA = filters.Reader("ja", ZoneInfo("Asia/Tokyo"), NOW)
EN = filters.Reader("en", ZoneInfo("Asia/Tokyo"), NOW)


def test_a_moment_is_written_as_the_language_writes_it() -> None:
    assert filters.moment(NOW, JA) == "2026年11月23日(月) 14:05"
    assert filters.moment(NOW, EN) == "23 Nov 2026, 14:05"
    assert filters.clock_seconds(NOW, JA) == "14:05:09"


def test_a_day_turns_in_the_readers_zone_and_a_civil_date_nowhere() -> None:
    late = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
    assert filters.civil_date(late, EN) == "1 Jan 2027"
    assert filters.civil_date(late, filters.Reader("en", UTC, NOW)) == "31 Dec 2026"
    assert filters.civil_date(date(2026, 4, 1), JA) == "2026年4月1日(水)"


@pytest.mark.parametrize(
    ("left", "ja", "en"),
    [
        (timedelta(seconds=20), "あと1分", "Due in 1 minute"),
        (timedelta(hours=2, minutes=59), "あと2時間", "Due in 2 hours"),
        (timedelta(days=-3, minutes=-1), "3日超過", "3 days late"),
        (timedelta(hours=-1), "1時間超過", "1 hour late"),
    ],
)
def test_time_left_is_said_in_words(left: timedelta, ja: str, en: str) -> None:
    assert filters.time_left(NOW + left, JA) == ja
    assert filters.time_left(NOW + left, EN) == en


@given(st.integers(min_value=0, max_value=2**60))
def test_a_size_has_at_most_four_figures(count: int) -> None:
    figures, unit = filters.size(count, EN).split(" ")
    assert float(figures.replace(",", "")) <= 1024
    assert unit in {"B", "KB", "MB", "GB", "TB", "PB"}


def test_sizes_and_money() -> None:
    assert filters.size(940, JA) == "940 B"
    assert filters.size(20 * 2**30, EN) == "20 GB"
    assert filters.yen(12_000, JA) == "12,000円"
    assert filters.yen(12_000, EN) == "¥12,000"


def test_a_passage_is_japanese_as_soon_as_it_holds_kana_or_kanji() -> None:
    assert filters.lang_of("KV-290 の画像") == "ja"
    assert filters.lang_of("green band") == "en"
