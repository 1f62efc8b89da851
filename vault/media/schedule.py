"""When copies are due, as a pure rule: a term is cut into as many equal parts as it has copies, one at each end."""

from dataclasses import dataclass
from datetime import date, timedelta

from vault.contracts.terms import Terms


@dataclass(frozen=True)
class Due:
    """Copy number `copy` (from 1) of term number `term` (from 0), on the day `on`."""

    term: int
    copy: int
    on: date


def latest(terms: Terms, ends_on: date | None, copies: int, today: date) -> Due | None:
    """
    The copy that fell due last: on the day after its part of the term, or after an earlier end of the contract.

    A copy shows the area as it stands, so one that was missed is not made when the next is due already.
    """
    found = None
    last = min(today, ends_on or date.max)
    term = 0
    while copies and (first := terms.first_day(term)) <= last and (terms.end is None or first <= terms.end):
        days = (terms.first_day(term + 1) - first).days
        for copy in range(1, copies + 1):
            on = first + timedelta(days=days * copy // copies)
            on = on if ends_on is None else min(on, ends_on + timedelta(days=1))
            if on <= today:
                found = Due(term, copy, on)
        term += 1
    return found
