"""Cases: opened with a title and a reason, closed when done; and what may be given as a purpose."""

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from search.trace.models import Case, SearchRecord
from vault.base import audit, clock, ids
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Role, Scope, load

SHORTEST, LONGEST = 4, 500
"""Characters of a purpose that is written out, and of a case's reason."""
_AN_ID = re.compile(rf"[0-9a-hjkmnp-tv-z]{{{ids.LENGTH}}}")


@dataclass(frozen=True)
class Purpose:
    """Why somebody searches: `text` is what a facility reads in its access log."""

    text: str
    case_id: str | None = None


def require_analyst(scope: Scope) -> None:
    """Denied for anyone but the provider's analysts and administrators."""
    scope.require(Role.ANALYST, Role.ADMIN)


def purpose(session: Session, stated: str) -> Purpose:
    """What was stated: the id of an open case, or words. Invalid (field `purpose`) for anything else."""
    stated = " ".join(stated.split())
    if not stated:
        raise Invalid("purpose_missing", field="purpose")
    if _AN_ID.fullmatch(stated):
        return _of_case(session, stated)
    return Purpose(_words(stated, "purpose"))


def open_case(session: Session, scope: Scope, *, title: str, reason: str) -> Case:
    """A new case. Invalid names the field that is too short or too long."""
    require_analyst(scope)
    case = Case(
        title=_words(title, "title"),
        reason=_words(reason, "reason"),
        opened_by=scope.login,
        opened_at=clock.now(),
    )
    session.add(case)
    session.flush()
    audit.record(session, scope, "case.opened", why=case.reason, items=[f"case:{case.id}"])
    return case


def close_case(session: Session, scope: Scope, case_id: str) -> Case:
    """Nobody searches for it any more. Conflict when it is closed already, NotFound for an unknown one."""
    require_analyst(scope)
    case = load(session, Case, case_id, lock=True)
    if case.closed_at is not None:
        raise Conflict("case_closed", holder=case.opened_by)
    case.closed_at = clock.now()
    session.flush()
    audit.record(session, scope, "case.closed", items=[f"case:{case.id}"])
    return case


def all_cases(session: Session, scope: Scope) -> list[Case]:
    """Every case, the open ones first, then the newest."""
    require_analyst(scope)
    return list(session.scalars(select(Case).order_by(Case.closed_at.is_not(None), Case.id.desc())))


def records(session: Session, scope: Scope, *, case_id: str | None = None, limit: int = 50) -> list[SearchRecord]:
    """The newest searches, of everybody or for one case."""
    require_analyst(scope)
    statement = select(SearchRecord).order_by(SearchRecord.id.desc()).limit(limit)
    if case_id is not None:
        statement = statement.where(SearchRecord.case_id == case_id)
    return list(session.scalars(statement))


def _of_case(session: Session, case_id: str) -> Purpose:
    case = session.scalar(select(Case).where(Case.id == case_id))
    if case is None:
        raise Invalid("unknown_case", field="purpose")
    if case.closed_at is not None:
        raise Invalid("case_closed", field="purpose")
    return Purpose(f"{case.title}: {case.reason}", case.id)


def _words(text: str, field: str) -> str:
    text = " ".join(text.split())
    if not SHORTEST <= len(text) <= LONGEST:
        raise Invalid("length", field=field, shortest=SHORTEST, longest=LONGEST)
    return text
