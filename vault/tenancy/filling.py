"""How full a space is, in the steps at which somebody is told."""

LEVELS = (95, 90, 80)
"""In percent of the capacity."""


def level(filled: int, capacity: int | None) -> int:
    """The highest of the steps that `filled` bytes have reached; 0 below all of them and without a limit."""
    if capacity is None:
        return 0
    return next((step for step in LEVELS if filled * 100 >= capacity * step), 0)
