"""The parameters of a search: what they mean, and which one is named when it is wrong."""

from datetime import UTC, datetime

import pytest

from search.engine.port import Kind, Sort
from search.engine.tree import Word
from search.query.filters import build
from vault.base.errors import Invalid


def test_all_of_them_at_once() -> None:
    query = build(
        q="帯",
        facility=["f001", "f002", ""],
        kind=["exam", "answer"],
        since="2026-11-01",
        until="2026-11-23",
        sort="date",
        limit=5,
        offset=10,
    )
    assert query.tree == Word("帯")
    assert query.facilities == {"f001", "f002"}
    assert query.kinds == {Kind.EXAM, Kind.ANSWER}
    assert (query.sort, query.limit, query.offset) == (Sort.DATE, 5, 10)


def test_civil_dates_are_both_included_in_the_zone() -> None:
    query = build(since="2026-11-01", until="2026-11-23", zone="Asia/Tokyo")
    assert query.start == datetime(2026, 10, 31, 15, tzinfo=UTC)
    assert query.end == datetime(2026, 11, 23, 15, tzinfo=UTC)


def test_times_are_taken_as_they_are() -> None:
    assert build(since="2026-11-01T09:00:00Z").start == datetime(2026, 11, 1, 9, tzinfo=UTC)


def test_an_empty_question_lists_by_date_and_a_question_by_score() -> None:
    assert build().sort is Sort.DATE
    assert build(sort="score").sort is Sort.SCORE
    assert build(q="帯").sort is Sort.SCORE


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"q": '"'}, "q"),
        ({"kind": ["chart", "picture"]}, "kind"),
        ({"sort": "size"}, "sort"),
        ({"since": "yesterday"}, "from"),
        ({"since": "2026-02-30"}, "from"),
        ({"until": "9999-12-31"}, "to"),
        ({"until": "2026-11-23T10:00:00"}, "to"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": 10_001}, "offset"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as told:
        build(**given)  # type: ignore[arg-type]
    assert told.value.field == field
