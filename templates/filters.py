"""Jinja filters as pure functions: moments, spans, sizes and money in the reader's language and zone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar

from babel.dates import format_time
from babel.numbers import format_compact_decimal, format_decimal

_WEEKDAYS_JA = "月火水木金土日"
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
T = TypeVar("T")
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")


@dataclass(frozen=True)
class Reader:
    """Whom a page is written for: language ("ja" or "en"), time zone, and the present moment (aware)."""

    lang: str
    zone: tzinfo
    now: datetime


def civil_date(day: date | str, reader: Reader) -> str:
    """2026年11月23日(月) or 23 Nov 2026. A datetime is first moved into the reader's zone; a text is an ISO date."""
    if isinstance(day, str):
        day = date.fromisoformat(day)
    if isinstance(day, datetime):
        day = day.astimezone(reader.zone).date()
    if reader.lang == "ja":
        return f"{day.year}年{day.month}月{day.day}日({_WEEKDAYS_JA[day.weekday()]})"
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def civil_month(day: date | str, reader: Reader) -> str:
    """2026年4月 or Apr 2026, of any day in it; a text is an ISO date."""
    if isinstance(day, str):
        day = date.fromisoformat(day)
    return f"{day.year}年{day.month}月" if reader.lang == "ja" else f"{_MONTHS_EN[day.month - 1]} {day.year}"


def clock(at: datetime, reader: Reader) -> str:
    """14:05 in the reader's zone."""
    return format_time(at.astimezone(reader.zone).time(), "HH:mm", locale=reader.lang)


def clock_seconds(at: datetime, reader: Reader) -> str:
    """14:05:09 in the reader's zone."""
    return format_time(at.astimezone(reader.zone).time(), "HH:mm:ss", locale=reader.lang)


def moment(at: datetime, reader: Reader) -> str:
    """2026年11月23日(月) 14:05 or 23 Nov 2026, 14:05."""
    join = " " if reader.lang == "ja" else ", "
    return f"{civil_date(at, reader)}{join}{clock(at, reader)}"


def span(length: timedelta, lang: str) -> str:
    """A length in its sensible unit: 3分, 2時間, 5日; 3 minutes, 1 hour, 5 days. Under one counts as 1 minute."""
    minutes = max(1, int(abs(length).total_seconds() // 60))
    if minutes < 60:
        count, ja, en = minutes, "分", "minute"
    elif minutes < 48 * 60:
        count, ja, en = minutes // 60, "時間", "hour"
    else:
        count, ja, en = minutes // (24 * 60), "日", "day"
    if lang == "ja":
        return f"{count}{ja}"
    return f"{count} {en}" if count == 1 else f"{count} {en}s"


def time_left(due_at: datetime, reader: Reader) -> str:
    """あと2時間 or 3時間超過; "Due in 2 hours" or "3 hours late"."""
    left = due_at - reader.now
    words = span(left, reader.lang)
    if reader.lang == "ja":
        return f"あと{words}" if left >= timedelta(0) else f"{words}超過"
    return f"Due in {words}" if left >= timedelta(0) else f"{words} late"


def size(count: int, reader: Reader) -> str:
    """Bytes in powers of 1,024 with at most one decimal: 940 B, 1.5 MB, 20 GB."""
    amount, unit = float(count), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{format_decimal(round(amount, 1), locale=reader.lang)} {_UNITS[unit]}"


def yen(amount: int, reader: Reader) -> str:
    """Whole yen: 12,000円 or ¥12,000."""
    figures = format_decimal(amount, locale=reader.lang)
    return f"{figures}円" if reader.lang == "ja" else f"¥{figures}"


def short(count: int, reader: Reader) -> str:
    """A round count for a place without room: 120万, 3億; 1.2M."""
    figures: str = format_compact_decimal(count, locale=reader.lang, fraction_digits=1)
    return figures


def short_yen(amount: int, reader: Reader) -> str:
    """Round yen for a place without room: 120万円 or ¥1.2M."""
    figures = short(amount, reader)
    return f"{figures}円" if reader.lang == "ja" else f"¥{figures}"


def day_of_month(day: date, reader: Reader) -> str:
    """A day where the year is plain: 11/23 or 23 Nov."""
    return f"{day.month}/{day.day}" if reader.lang == "ja" else f"{day.day} {_MONTHS_EN[day.month - 1]}"


def month_of_year(day: date, reader: Reader) -> str:
    """A month where the year is plain: 11月 or Nov."""
    return f"{day.month}月" if reader.lang == "ja" else _MONTHS_EN[day.month - 1]


def whole(count: int, reader: Reader) -> str:
    """A count with its thousands parted."""
    return format_decimal(count, locale=reader.lang)


def lang_of(text: str) -> str:
    """The language a passage is to be read in: "ja" as soon as it holds kana or kanji, else "en"."""
    return "ja" if _JAPANESE.search(text) else "en"


def bound(reader: Callable[[], Reader]) -> dict[str, Callable[..., str]]:
    """The filters by their names in templates; `reader` is asked at each use, so one environment serves all readers."""

    def of(work: Callable[[T, Reader], str]) -> Callable[[T], str]:
        return lambda value: work(value, reader())

    return {
        "datetime": of(moment),
        "date": of(civil_date),
        "month": of(civil_month),
        "clock": of(clock),
        "clock_seconds": of(clock_seconds),
        "time_left": of(time_left),
        "bytes": of(size),
        "yen": of(yen),
        "whole": of(whole),
        "lang_of": lang_of,
    }
