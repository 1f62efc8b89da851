"""The life of an assignment and of an answer: the tables of moves, and what they make of the request."""

from collections.abc import Collection
from enum import StrEnum

from routing.requests.states import RequestState
from vault.base.errors import IllegalMove


class AssignmentState(StrEnum):
    """Where one department's part of a request is; the words of the API."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    ASKED = "asked"
    APPROVING = "approving"
    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"


_ENDS = {AssignmentState.TRANSFERRED, AssignmentState.WITHDRAWN}

MOVES: dict[AssignmentState, frozenset[AssignmentState]] = {
    AssignmentState.WAITING: frozenset({AssignmentState.CLAIMED} | _ENDS),
    AssignmentState.CLAIMED: frozenset(
        {AssignmentState.WAITING, AssignmentState.ASKED, AssignmentState.APPROVING, AssignmentState.ANSWERED} | _ENDS
    ),
    AssignmentState.ASKED: frozenset({AssignmentState.CLAIMED, AssignmentState.ANSWERED} | _ENDS),
    AssignmentState.APPROVING: frozenset({AssignmentState.CLAIMED, AssignmentState.ANSWERED} | _ENDS),
    AssignmentState.ANSWERED: frozenset(),
    AssignmentState.TRANSFERRED: frozenset(),
    AssignmentState.WITHDRAWN: frozenset(),
}

OPEN = frozenset({state for state, to in MOVES.items() if to})
HELD = frozenset({AssignmentState.CLAIMED, AssignmentState.ASKED, AssignmentState.APPROVING})
"""States in which somebody has it."""


class AnswerState(StrEnum):
    """
    Where an answer is. `HELD` can still be taken back by its author; `SHOWN` was picked up at a device by nobody in
    particular, `RECEIVED` by a person.
    """

    HELD = "held"
    TAKEN_BACK = "taken-back"
    READY = "ready"
    SHOWN = "shown"
    RECEIVED = "received"
    REPLACED = "replaced"


SENT = frozenset({AnswerState.READY, AnswerState.SHOWN, AnswerState.RECEIVED})
"""What counts as the assignment's answer at the facility."""

LIVE = SENT | {AnswerState.HELD}
"""At most one answer of an assignment is in one of these."""


def check(state: str, to: AssignmentState) -> None:
    """Raise IllegalMove unless the table knows the move."""
    if to not in MOVES[AssignmentState(state)]:
        raise IllegalMove(state=state, to=to.value)


def request_state(assignments: Collection[str], *, reopened: bool) -> RequestState:
    """What a request with departments is, by the states of its assignments."""
    if AssignmentState.ASKED in assignments:
        return RequestState.ASKED
    if OPEN.isdisjoint(assignments):
        return RequestState.ANSWERED
    return RequestState.REOPENED if reopened else RequestState.DELIVERED
