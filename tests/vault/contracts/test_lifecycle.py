"""The table of moves, the calendar's part in it, and the days on which terms turn and contracts ask."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.contracts.test_terms import terms
from vault.base.errors import IllegalMove
from vault.contracts.lifecycle import MOVES, Facts, Move, Standing, may, moved, standing_on
from vault.contracts.renewal import last_of_term, next_term, reminder_due

START, END = date(2026, 4, 1), date(2027, 3, 31)
DAY = timedelta(days=1)


@pytest.mark.parametrize(("standing", "move"), list(product(Standing, Move)))
def test_every_move_is_in_the_table_or_refused(standing: Standing, move: Move) -> None:
    assert may(standing, move) == ((standing, move) in MOVES)
    if may(standing, move):
        assert moved(standing, move) is MOVES[standing, move]
        return
    with pytest.raises(IllegalMove) as told:
        moved(standing, move)
    assert told.value.reason == "contract_move"


def test_what_was_withdrawn_or_has_ended_never_runs_again() -> None:
    reached, edge = set[Standing](), {Standing.WITHDRAWN, Standing.ENDED, Standing.WOUND_DOWN}
    while edge:
        reached |= edge
        edge = {to for (standing, _), to in MOVES.items() if standing in reached} - reached
    assert reached == {Standing.WITHDRAWN, Standing.ENDED, Standing.WOUND_DOWN}


@pytest.mark.parametrize(
    ("day", "facts", "standing"),
    [
        (START - DAY, Facts(START, END), Standing.AGREED),
        (START, Facts(START, END), Standing.ACTIVE),
        (END, Facts(START, END), Standing.ACTIVE),
        (END + DAY, Facts(START, END), Standing.ENDED),
        (END + DAY, Facts(START, END, wound_down=True), Standing.WOUND_DOWN),
        (date(2099, 1, 1), Facts(START, None), Standing.ACTIVE),
        (END, Facts(START, END, suspended=True), Standing.SUSPENDED),
        (END + DAY, Facts(START, END, suspended=True), Standing.ENDED),
    ],
)
def test_the_calendar_begins_and_ends(day: date, facts: Facts, standing: Standing) -> None:
    assert standing_on(day, facts) is standing


@given(
    st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    st.sampled_from([("annual", 3), ("monthly", 0), (None, None)]),
    st.integers(-40, 2000),
)
def test_terms_follow_each_other_without_a_gap(start: date, period: tuple[str | None, int | None], later: int) -> None:
    made = terms(start=start, period=period[0], terms=period[1])
    on = start + later * DAY
    following = next_term(made, on)
    assert following > on
    number = next(count for count in range(1000) if made.first_day(count) == following)
    assert number == 0 or made.first_day(number - 1) <= on
    assert last_of_term(made, on) >= max(on, start)


@pytest.mark.parametrize(
    ("on", "turns"),
    [
        ("2025-12-01", "2026-01-31"),
        ("2026-01-31", "2026-02-28"),
        ("2026-02-28", "2026-03-31"),
        ("2026-03-30", "2026-03-31"),
    ],
)
def test_a_month_from_the_31st_turns_on_the_last_day_of_shorter_ones(on: str, turns: str) -> None:
    made = terms(start="2026-01-31", period="monthly", terms=0)
    assert next_term(made, date.fromisoformat(on)) == date.fromisoformat(turns)


def test_an_annual_contract_asks_60_and_14_days_before_its_end_and_each_once() -> None:
    reminded, given = None, []
    day = START
    while day <= END + 30 * DAY:
        due = reminder_due(START, END, day, reminded)
        if due is not None:
            given.append(((END - day).days, due))
            reminded = due
        day += DAY
    assert given == [(60, 60), (14, 14)]


def test_a_month_asks_14_days_before_and_a_contract_that_runs_on_never() -> None:
    assert reminder_due(START, date(2026, 4, 30), START, None) is None
    assert reminder_due(START, date(2026, 4, 30), date(2026, 4, 16), None) == 14
    assert reminder_due(START, None, date(2030, 1, 1), None) is None


def test_after_a_time_without_a_worker_the_later_reminder_alone_is_given() -> None:
    assert reminder_due(START, END, END - 3 * DAY, None) == 14
    assert reminder_due(START, END, END - 3 * DAY, 14) is None
