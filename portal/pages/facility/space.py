"""How full the area is and what takes the room, as pages show it."""

from typing import Any

from sqlalchemy.orm import Session

from routing.queue import files as answer_files
from vault.base.scope import Scope
from vault.exams import uses
from vault.tenancy.filling import level


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
