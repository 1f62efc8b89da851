"""When a department should have answered: what its queue is sorted by."""

from datetime import datetime, timedelta

URGENT_WITHIN = timedelta(hours=4)
NORMAL_WITHIN = timedelta(days=2)


def due(filed_at: datetime, *, urgent: bool) -> datetime:
    """The time by which a request filed then should be answered."""
    return filed_at + (URGENT_WITHIN if urgent else NORMAL_WITHIN)
