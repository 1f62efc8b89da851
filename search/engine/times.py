"""Times as indexes keep them: whole milliseconds since 1970."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    """`at` (aware) in milliseconds since 1970."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def moment(kept: int) -> datetime:
    """The time of `milliseconds`, in UTC."""
    return _EPOCH + timedelta(milliseconds=kept)
