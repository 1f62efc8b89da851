"""The life of a request: the one table of moves; every move it does not hold is illegal."""

from enum import StrEnum

from vault.base.errors import IllegalMove


class RequestState(StrEnum):
    """Where a request is; the words of the API."""

    FILED = "filed"
    SWEPT = "swept"
    DELIVERED = "delivered"
    ASKED = "asked"
    ANSWERED = "answered"
    PICKED_UP = "picked-up"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


MOVES: dict[RequestState, frozenset[RequestState]] = {
    RequestState.FILED: frozenset({RequestState.SWEPT, RequestState.WITHDRAWN}),
    RequestState.SWEPT: frozenset({RequestState.DELIVERED, RequestState.WITHDRAWN}),
    RequestState.DELIVERED: frozenset({RequestState.ASKED, RequestState.ANSWERED, RequestState.WITHDRAWN}),
    RequestState.ASKED: frozenset(
        {RequestState.DELIVERED, RequestState.REOPENED, RequestState.ANSWERED, RequestState.WITHDRAWN}
    ),
    # A corrected answer brings a request back to answered, as the new version has to be picked up.
    RequestState.ANSWERED: frozenset({RequestState.PICKED_UP, RequestState.CLOSED, RequestState.REOPENED}),
    RequestState.PICKED_UP: frozenset({RequestState.CLOSED, RequestState.REOPENED, RequestState.ANSWERED}),
    RequestState.CLOSED: frozenset({RequestState.REOPENED, RequestState.ANSWERED}),
    RequestState.REOPENED: frozenset({RequestState.ASKED, RequestState.ANSWERED, RequestState.WITHDRAWN}),
    RequestState.WITHDRAWN: frozenset(),
}

WITH_DEPARTMENTS = frozenset({RequestState.DELIVERED, RequestState.ASKED, RequestState.REOPENED})
"""States in which at least one department still owes something."""

OPEN = WITH_DEPARTMENTS | {RequestState.FILED, RequestState.SWEPT}

DONE = frozenset({RequestState.ANSWERED, RequestState.PICKED_UP, RequestState.CLOSED})
"""States in which every department has answered, so that the facility may reopen or rate."""

TAKES_MESSAGES = OPEN | {RequestState.ANSWERED, RequestState.PICKED_UP}


def check(state: str, to: RequestState) -> None:
    """Raise IllegalMove unless the table knows the move."""
    if to not in MOVES[RequestState(state)]:
        raise IllegalMove(state=state, to=to.value)
