"""The only place that reads the time; tests set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_shift = timedelta(0)
_frozen: datetime | None = None


def now() -> datetime:
    """The present, aware, in UTC."""
    return _frozen if _frozen is not None else datetime.now(UTC) + _shift


def today(zone: str) -> date:
    """The civil date in `zone` (an IANA name)."""
    return now().astimezone(ZoneInfo(zone)).date()


def set_shift(by: timedelta) -> None:
    """Move this process's clock by `by`; the server's test setting `clock.shift_seconds` ends here."""
    global _shift
    _shift = by


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Stand still at `at` (aware) inside the block; blocks nest."""
    global _frozen
    if at.tzinfo is None:
        raise ValueError("clock.frozen needs an aware time")
    before, _frozen = _frozen, at.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before
