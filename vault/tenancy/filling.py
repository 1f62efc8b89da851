"""How full a space is, in the steps at which somebody is told, and when it will be full if it goes on as it did."""

from datetime import date, timedelta

LEVELS = (95, 90, 80)
"""In percent of the capacity."""


def level(filled: int, capacity: int | None) -> int:
    """The highest of the steps that `filled` bytes have reached; 0 below all of them and without a limit."""
    if capacity is None:
        return 0
    return next((step for step in LEVELS if filled * 100 >= capacity * step), 0)


FURTHEST = 3650
"""In days: nobody plans further by how the last ones went."""


def full_on(filled: int, capacity: int | None, grown: int, days: int, today: date) -> date | None:
    """
    The day on which nothing is left if every day brings what each of the last `days` did, when `grown` bytes came in
    all; today where nothing is left, None without a limit, without growth and beyond ten years.
    """
    if capacity is None:
        return None
    left = max(0, capacity - filled)
    if left and left * days >= grown * FURTHEST:
        return None
    return today + timedelta(days=left * days // grown if left else 0)
