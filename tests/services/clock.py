"""A clock that the test holds in its hand."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from vault.base import clock

START = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
"""Nine in the morning of a Wednesday in Tokyo, the first day of a Japanese business year."""


class HeldClock:
    """Stands still until moved."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.set(START)

    def set(self, at: datetime) -> datetime:
        """Stand still at `at` (aware)."""
        self._stack.enter_context(clock.frozen(at))
        return clock.now()

    def forward(self, by: timedelta) -> datetime:
        """Move on by `by`; returns the new present."""
        return self.set(clock.now() + by)
