"""What the views of API v1 share: the blueprint, strict bodies, lists with a next page."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from portal import transactions
from portal.forms import csrf
from vault.base.errors import Invalid
from vault.base.paging import LIMIT, MOST, Page

bp = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="Kura")
csrf.exempt(bp)


def _aware(value: object) -> object:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("needs an offset, as RFC 3339 says")
    return value


Moment = Annotated[datetime, BeforeValidator(_aware)]
"""RFC 3339 with an offset."""


class Body(BaseModel):
    """A JSON body; a field it does not know is refused by name."""

    model_config = ConfigDict(extra="forbid")


class ListQuery(BaseModel):
    """How much of a list, and from where."""

    limit: int = Field(LIMIT, ge=1, le=MOST)
    after: str | None = None


def listed(page: Page[Any], items: Iterable[object] | None = None) -> dict[str, object]:
    """A page as the API gives it, with the address of the following one."""
    return {"items": list(page.items if items is None else items), "next": _next(page.next)}


def unlimited_body() -> None:
    """This view streams its body: the usual limit does not hold, the settings' does, counted as it comes."""
    request.max_content_length = sys.maxsize  # None would mean the usual limit


def header(name: str) -> str | None:
    """A header of the request, stripped; None where it is missing or empty."""
    return (request.headers.get(name) or "").strip() or None


def moment(text: str | None, *, field: str) -> datetime | None:
    """A time out of a query: RFC 3339, or a civil date as its midnight in UTC; Invalid naming the field."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo else datetime.fromisoformat(f"{text[:10]}T00:00:00+00:00")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Invalid(field=field) from problem


def rfc3339(at: datetime | None) -> str | None:
    """A time as the API gives it."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _next(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = {**request.args.to_dict(), "after": cursor}
    site = transactions.installation().settings.server.url or request.host_url.rstrip("/")
    return f"{site}{request.path}?{urlencode(query)}"
