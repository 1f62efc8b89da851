"""The area's access log, read out of the audit rows: newest first, for the facility that they concern."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import paging
from vault.base.audit import AuditRow
from vault.base.paging import Page
from vault.base.scope import Scope


@dataclass(frozen=True)
class Look:
    """One line: `what` and `items` are codes and references, `why` is given for whoever is from outside."""

    at: datetime
    who: str
    name: str
    side: str
    what: str
    why: str | None
    items: list[str]


def looks(
    session: Session, scope: Scope, *, side: str | None = None, after: str | None = None, limit: int = paging.LIMIT
) -> Page[Look]:
    """Who looked at or changed something of the caller's area."""
    statement = select(AuditRow).where(AuditRow.chain == scope.area)
    if side:
        statement = statement.where(AuditRow.side == side)
    page = paging.rows(session, statement, AuditRow.at, AuditRow.id, after=after, limit=limit)
    return Page([Look(r.at, r.who, r.name, r.side, r.what, r.why, list(r.items)) for r in page.items], page.next)
