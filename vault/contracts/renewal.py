"""When the next term begins, and when a contract that ends must be spoken of: pure rules on days."""

from datetime import date, timedelta

from vault.contracts.terms import Period, Terms

REMINDERS = (60, 14)
"""So many days before the last day the facility is asked; a contract shorter than that is not asked so early."""


def next_term(terms: Terms, after: date) -> date:
    """The first day of the first term that begins later than `after`, by the terms alone."""
    if after < terms.start:
        return terms.start
    months = (after.year - terms.start.year) * 12 + after.month - terms.start.month
    number = max(0, months // 12 - 1 if terms.period is Period.ANNUAL else months - 1)
    while terms.first_day(number) <= after:
        number += 1
    return terms.first_day(number)


def last_of_term(terms: Terms, on: date) -> date:
    """The last day of the term that `on` lies in; of the first one where it has not begun."""
    return next_term(terms, max(on, terms.start)) - timedelta(days=1)


def reminder_due(start: date, ends_on: date | None, on: date, reminded: int | None) -> int | None:
    """The reminder (days before the end) to be given on that day, if it was not given yet; None for none."""
    if ends_on is None or on > ends_on:
        return None
    reached = [
        days for days in REMINDERS if ends_on - timedelta(days=days) <= on and ends_on - timedelta(days=days) > start
    ]
    if not reached:
        return None
    latest = min(reached)
    return latest if reminded is None or latest < reminded else None
