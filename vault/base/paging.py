"""Lists by pages: a page of items, and a cursor that says after which row the next one begins."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from vault.base.errors import Invalid

LIMIT = 50
MOST = 200

Item = TypeVar("Item")
Source = TypeVar("Source")
Key = tuple[datetime, str]


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows in order; `next` is the cursor to ask for the following ones, None at the end."""

    items: list[Item]
    next: str | None


def checked(limit: int) -> int:
    """`limit`, if it lies between 1 and 200; else Invalid."""
    if not 1 <= limit <= MOST:
        raise Invalid(field="limit", most=MOST)
    return limit


def cut(rows: Sequence[Source], limit: int, key: Callable[[Source], Key]) -> tuple[list[Source], str | None]:
    """Of `limit + 1` rows fetched: those to show, and the cursor after the last of them if there are more."""
    shown = list(rows[:limit])
    return shown, encode(key(shown[-1])) if len(rows) > limit else None


def encode(key: Key) -> str:
    """An opaque, URL-safe cursor for a place in a list ordered by a time and an id."""
    return base64.urlsafe_b64encode(json.dumps([key[0].isoformat(), key[1]]).encode()).decode().rstrip("=")


def decode(cursor: str) -> Key:
    """The place a cursor names; Invalid for one that `encode` did not make."""
    try:
        at, id_ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(id_, str) or "\0" in id_:
            raise ValueError(cursor)
        return moment.astimezone(UTC), id_
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as problem:
        raise Invalid(field="after") from problem
