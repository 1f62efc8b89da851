"""Terms are plain rules: when a contract ends, what it covers, what it cannot say."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.base.errors import Invalid
from vault.contracts import spans
from vault.contracts.money import Yen
from vault.contracts.parsing import terms_from
from vault.contracts.terms import DataKind, Patients, Period, Terms
from vault.contracts.timing import Timing

GOOD: dict[str, Any] = {
    "target": "endoscopy room 1",
    "period": "annual",
    "terms": 1,
    "start": date(2026, 4, 1),
    "timing": "nightly@02:00",
    "unit": "facility",
    "kinds": ["still", "clip"],
    "patients": {"default": "in", "except": ["P-9"]},
    "capacity": 1000,
    "unit_price": 1000,
    "display_tool_cases": 150,
}


def terms(**changes: Any) -> Terms:
    return terms_from({**GOOD, **changes})


@pytest.mark.parametrize(
    ("start", "period", "count", "end"),
    [
        ("2026-04-01", "annual", 1, "2027-03-31"),
        ("2026-04-01", "annual", 3, "2029-03-31"),
        ("2026-01-01", "annual", 1, "2026-12-31"),
        ("2028-02-29", "annual", 1, "2029-02-28"),
        ("2028-02-29", "annual", 4, "2032-02-28"),
        ("2027-03-01", "annual", 1, "2028-02-29"),
        ("2026-04-15", "monthly", 1, "2026-05-14"),
        ("2026-04-15", "monthly", 12, "2027-04-14"),
        ("2026-01-31", "monthly", 1, "2026-02-28"),
        ("2028-01-31", "monthly", 1, "2028-02-29"),
        ("2026-01-31", "monthly", 2, "2026-03-30"),
        ("2026-12-01", "monthly", 1, "2026-12-31"),
    ],
)
def test_the_last_day_is_the_eve_of_the_corresponding_day(start: str, period: str, count: int, end: str) -> None:
    assert terms(start=start, period=period, terms=count).end == date.fromisoformat(end)


@pytest.mark.parametrize("running_on", [{"period": "monthly", "terms": 0}, {"period": None, "terms": None}])
def test_what_runs_until_it_is_ended_has_no_last_day(running_on: dict[str, Any]) -> None:
    made = terms(**running_on)
    assert made.end is None
    assert made.holds_on(date(2099, 1, 1))
    assert not made.holds_on(date(2026, 3, 31))


@given(start=st.dates(date(2000, 1, 1), date(2090, 1, 1)), months=st.integers(1, 120))
def test_spans_follow_each_other_without_a_gap_of_more_than_the_calendar_s(start: date, months: int) -> None:
    last = spans.last_day(start, months)
    following = spans.corresponding_day(start, months)
    assert last in (following - timedelta(days=1), following)
    assert (last == following) == (following.day != start.day)
    assert spans.last_day(start, months) < spans.last_day(start, months + 1)


@given(start=st.dates(date(2000, 1, 1), date(2090, 1, 1)), count=st.integers(0, 60))
def test_each_month_of_a_monthly_contract_has_one_first_day(start: date, count: int) -> None:
    made = terms(start=start, period="monthly", terms=0)
    first = made.first_day(count)
    assert (first.year - start.year) * 12 + first.month - start.month == count


def test_covers_asks_the_day_the_kind_and_the_patient() -> None:
    made = terms()
    assert made.covers(DataKind.STILL, "P-1", date(2026, 4, 1))
    assert made.covers(DataKind.CLIP, "P-1", date(2027, 3, 31))
    assert not made.covers(DataKind.STILL, "P-1", date(2027, 4, 1))
    assert not made.covers(DataKind.STILL, "P-1", date(2026, 3, 31))
    assert not made.covers(DataKind.CHART, "P-1", date(2026, 4, 1))
    assert not made.covers(DataKind.STILL, "P-9", date(2026, 4, 1))


def test_patients_are_in_or_out_but_for_the_exceptions() -> None:
    assert Patients("in", frozenset({"P-9"})).opted_out("P-9")
    assert not Patients("in", frozenset({"P-9"})).opted_out("P-1")
    assert not Patients("out", frozenset({"P-9"})).opted_out("P-9")
    assert Patients("out", frozenset({"P-9"})).opted_out("P-1")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"target": "  "}, "target"),
        ({"period": "weekly"}, "period"),
        ({"terms": 0}, "terms"),
        ({"terms": -1}, "terms"),
        ({"terms": "1"}, "terms"),
        ({"terms": True}, "terms"),
        ({"period": None}, "terms"),
        ({"start": "2026-02-30"}, "start"),
        ({"timing": "nightly"}, "timing"),
        ({"timing": "nightly@24:00"}, "timing"),
        ({"timing": "nightly@2:00"}, "timing"),
        ({"timing": "hourly"}, "timing"),
        ({"unit": "ward"}, "unit"),
        ({"kinds": []}, "kinds"),
        ({"kinds": "still"}, "kinds"),
        ({"kinds": ["video"]}, "kinds"),
        ({"patients": {"default": "maybe"}}, "patients"),
        ({"patients": {"except": "P-9"}}, "patients"),
        ({"patients": {"only": []}}, "patients"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": "20GiB"}, "capacity"),
        ({"unit_price": -1}, "unit_price"),
        ({"unit_price": None}, "unit_price"),
        ({"unit_price": 10.5}, "unit_price"),
        ({"display_tool_cases": 50}, "display_tool_cases"),
        ({"display_tool_cases": 120}, "display_tool_cases"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_terms_cannot_say_is_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as told:
        terms(**wrong)
    assert told.value.field == field


def test_what_may_be_left_out_has_its_meaning() -> None:
    least = terms_from({"target": "t", "start": "2026-04-01", "timing": "per-exam", "unit_price": 0})
    assert (least.period, least.terms, least.end) == (Period.OPEN, 0, None)
    assert (least.kinds, least.display_tool_cases, least.capacity) == (frozenset(DataKind), 100, None)
    assert terms_from({**least.values(), "period": "monthly", "terms": None}).terms == 1


PERIODS = st.one_of(
    st.tuples(st.just("annual"), st.integers(1, 20)),
    st.tuples(st.just("monthly"), st.integers(0, 60)),
    st.tuples(st.just("open"), st.just(0)),
)


@given(
    period=PERIODS,
    start=st.dates(date(2020, 1, 1), date(2060, 1, 1)),
    timing=st.sampled_from(["nightly@00:00", "nightly@23:59", "per-exam", "simultaneous", "on-demand"]),
    kinds=st.sets(st.sampled_from(["still", "clip", "chart", "file"]), min_size=1),
    exceptions=st.sets(st.text(min_size=1, max_size=8).filter(lambda text: text.strip()), max_size=4),
    price=st.integers(0, 10**9),
)
def test_terms_survive_being_written_down(
    period: tuple[str, int], start: date, timing: str, kinds: set[str], exceptions: set[str], price: int
) -> None:
    made = terms(
        period=period[0],
        terms=period[1],
        start=start,
        timing=timing,
        kinds=sorted(kinds),
        patients={"default": "out", "except": sorted(exceptions)},
        unit_price=price,
    )
    again = terms_from(made.values())
    assert again == made
    assert again.digest == made.digest
    assert str(Timing.parse(timing)) == timing


def test_the_digest_sees_every_term_and_no_order() -> None:
    assert terms(kinds=["clip", "still"]).digest == terms().digest
    others = [
        terms(target="ward"),
        terms(terms=2),
        terms(start="2026-04-02"),
        terms(timing="per-exam"),
        terms(unit="exam"),
        terms(kinds=["still"]),
        terms(patients={}),
        terms(capacity=None),
        terms(unit_price=1001),
        terms(display_tool_cases=100),
    ]
    assert len({made.digest for made in (terms(), *others)}) == 11
    assert str(terms().unit_price) == str(Yen(1000)) == "¥1,000"
