"""The table of a request's moves: what it allows, and that everything else is refused."""

import itertools

import pytest

from routing.requests import states
from routing.requests.states import MOVES, RequestState
from vault.base.errors import IllegalMove

MAIN_WAY = ("filed", "swept", "delivered", "asked", "delivered", "answered", "picked-up", "closed", "reopened")


def test_the_main_way_is_allowed() -> None:
    for before, after in itertools.pairwise(MAIN_WAY):
        states.check(before, RequestState(after))


@pytest.mark.parametrize("before", RequestState)
@pytest.mark.parametrize("after", RequestState)
def test_every_move_the_table_does_not_hold_is_refused(before: RequestState, after: RequestState) -> None:
    if after in MOVES[before]:
        states.check(before, after)
        return
    with pytest.raises(IllegalMove) as refused:
        states.check(before, after)
    assert refused.value.values == {"state": before, "to": after.value}


def test_a_withdrawn_request_stays_withdrawn() -> None:
    assert MOVES[RequestState.WITHDRAWN] == frozenset()


def test_every_state_can_be_reached() -> None:
    reached, waiting = set(), [RequestState.FILED]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += MOVES[state]
    assert reached == set(RequestState)
