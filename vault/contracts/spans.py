"""Civil dates of contracts: first days of terms and last days, both ends inclusive."""

from calendar import monthrange
from datetime import date, timedelta


def corresponding_day(start: date, months: int) -> date:
    """The day `months` later with the number of `start`, or the last of a month that is too short for it."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def last_day(start: date, months: int) -> date:
    """
    The last day of a span of whole months: the eve of the corresponding day.

    A month without that day ends the span with its own last day, as article 143 of the Japanese Civil Code has it:
    a month from 31 January lasts through the last of February.
    """
    day = corresponding_day(start, months)
    return day - timedelta(days=1) if day.day == start.day else day
