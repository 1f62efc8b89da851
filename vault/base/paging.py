"""Lists by pages: a page of items, and a cursor that says after which row the next one begins."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from vault.base.errors import Invalid

LIMIT = 50
MOST = 200

Item = TypeVar("Item")
Source = TypeVar("Source")
Row = TypeVar("Row")
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


def rows(
    session: Session,
    statement: Select[Row],
    at: InstrumentedAttribute[datetime],
    id_: InstrumentedAttribute[str],
    *,
    after: str | None,
    limit: int = LIMIT,
    oldest_first: bool = False,
) -> Page[Row]:
    """The rows of `statement` by a time and an id of theirs, newest first, from behind the cursor `after`; one read."""
    limit = checked(limit)
    if after:
        place, here = tuple_(at, id_), decode(after)
        statement = statement.where(place > here if oldest_first else place < here)
    order = (at, id_) if oldest_first else (at.desc(), id_.desc())
    found = session.scalars(statement.order_by(*order).limit(limit + 1)).all()
    return Page(*cut(found, limit, lambda row: (getattr(row, at.key), getattr(row, id_.key))))


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
