"""How full the area is and what takes the room, as pages show it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.queue import files as answer_files
from vault.base.scope import Scope, scoped
from vault.exams import uses
from vault.tenancy.filling import level
from vault.tenancy.models import Space


def shown(session: Session, scope: Scope) -> dict[str, Any]:
    """Bytes: `used`, `reserved`, `left`, `capacity` (None: no limit), `parts`; `level` is 0, 80, 90 or 95 (percent)."""
    found = uses.of(session, scope, requests=answer_files.digests(scope))
    return {
        "used": found.used,
        "reserved": found.reserved,
        "left": found.left,
        "capacity": found.capacity,
        "level": level(found.used + found.reserved, found.capacity),
        "parts": [{"what": what, "bytes": count} for what, count in found.parts],
    }


def filled(session: Session, scope: Scope) -> dict[str, Any]:
    """Only how full it is, of `shown`: `left` and `level`; one row read."""
    whole = session.scalars(scoped(select(Space), scope, Space).where(Space.target_id == "")).one()
    taken = whole.used + whole.reserved
    left = None if whole.capacity is None else max(0, whole.capacity - taken)
    return {"left": left, "level": level(taken, whole.capacity)}
