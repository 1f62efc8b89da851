"""JSON as the API gives it: times in RFC 3339, UTC; text as it is."""

from datetime import datetime
from typing import Any

from flask.json.provider import DefaultJSONProvider


class Provider(DefaultJSONProvider):
    """Flask's own would write times as HTTP dates."""

    def loads(self, s: str | bytes, **options: Any) -> Any:
        """JSON that is nested too deeply to be read is no JSON."""
        try:
            return super().loads(s, **options)
        except RecursionError as problem:
            raise ValueError("nested too deeply") from problem

    ensure_ascii = False
    sort_keys = False

    @staticmethod
    def default(value: Any) -> Any:
        """What JSON has no form for."""
        if isinstance(value, datetime):
            return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return DefaultJSONProvider.default(value)
