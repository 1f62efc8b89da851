"""The one place that reads the clock and the machine's zone."""

from datetime import UTC, datetime

from capture_client.errors import Invalid


def now() -> datetime:
    """This moment, aware, UTC."""
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """An aware time from RFC 3339 or ISO 8601; without an offset it is the machine's zone. Raises Invalid."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("bad_time", value=text) from error
