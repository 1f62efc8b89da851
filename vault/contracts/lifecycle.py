"""How a contract stands and which move leads where: the one table, and every other move refused."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vault.base.errors import IllegalMove


class Standing(StrEnum):
    """What a contract is on a day. `AGREED` has not begun; `WOUND_DOWN`: with it the whole area came to its end."""

    OFFERED = "offered"
    WITHDRAWN = "withdrawn"
    AGREED = "agreed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"
    WOUND_DOWN = "wound-down"


class Move(StrEnum):
    """What happens to a contract: `BEGIN` and `RUN_OUT` by the calendar, `WIND_DOWN` by a job, the rest by people."""

    AGREE = "agree"
    WITHDRAW = "withdraw"
    BEGIN = "begin"
    RENEW = "renew"
    CHANGE = "change"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"
    RUN_OUT = "run-out"
    WIND_DOWN = "wind-down"
    REOPEN = "reopen"


MOVES = {
    (Standing.OFFERED, Move.AGREE): Standing.AGREED,
    (Standing.OFFERED, Move.WITHDRAW): Standing.WITHDRAWN,
    (Standing.AGREED, Move.BEGIN): Standing.ACTIVE,
    (Standing.AGREED, Move.END): Standing.AGREED,
    (Standing.ACTIVE, Move.RENEW): Standing.ACTIVE,
    (Standing.ACTIVE, Move.CHANGE): Standing.ACTIVE,
    (Standing.ACTIVE, Move.END): Standing.ACTIVE,
    (Standing.ACTIVE, Move.SUSPEND): Standing.SUSPENDED,
    (Standing.ACTIVE, Move.RUN_OUT): Standing.ENDED,
    (Standing.SUSPENDED, Move.RESUME): Standing.ACTIVE,
    (Standing.SUSPENDED, Move.END): Standing.SUSPENDED,
    (Standing.SUSPENDED, Move.RUN_OUT): Standing.ENDED,
    (Standing.ENDED, Move.WIND_DOWN): Standing.WOUND_DOWN,
    (Standing.WOUND_DOWN, Move.REOPEN): Standing.ENDED,
}
"""
From, by, to. `END`, `RENEW` and `CHANGE` set the last day and leave the contract as it stands until that day is over;
what follows it is a contract of its own.
"""


def moved(standing: Standing, move: Move) -> Standing:
    """Where `move` leads from `standing`; IllegalMove where it leads nowhere."""
    if (standing, move) not in MOVES:
        raise IllegalMove("contract_move", standing=standing.value, move=move.value)
    return MOVES[standing, move]


def may(standing: Standing, move: Move) -> bool:
    """Whether `move` is possible."""
    return (standing, move) in MOVES


@dataclass(frozen=True)
class Facts:
    """What is known of an agreed contract, from which a day's standing follows."""

    start: date
    ends_on: date | None
    suspended: bool = False
    wound_down: bool = False


def standing_on(day: date, facts: Facts) -> Standing:
    """How a contract that was agreed stands on `day`."""
    if day < facts.start:
        return Standing.AGREED
    if facts.ends_on is not None and facts.ends_on < day:
        return Standing.WOUND_DOWN if facts.wound_down else Standing.ENDED
    return Standing.SUSPENDED if facts.suspended else Standing.ACTIVE
