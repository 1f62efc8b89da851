"""Drafts: what somebody was writing is on the server, whichever screen locks, breaks or is left."""

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from routing.requests.models import Draft
from routing.requests.texts import TEXT_BYTES
from vault.base import clock, ids
from vault.base.database import JsonColumn, count_changed, insert_if_absent
from vault.base.errors import Conflict, Invalid, NotFound, TooLarge
from vault.base.scope import Scope

KEY_LENGTH = 80


def save(session: Session, scope: Scope, key: str, body: dict[str, Any], *, version: int) -> int:
    """
    Keep `body` under `key` and return its new version; `version` is the one it was made from, 0 for a new draft.

    Raises Conflict with the version kept when another window saved in between, TooLarge beyond 200 kB.
    """
    if not 0 < len(key) <= KEY_LENGTH:
        raise Invalid(field="key")
    stored = JsonColumn().process_bind_param(body, session.get_bind().dialect) or ""
    if len(stored.encode("utf-8", "surrogatepass")) > TEXT_BYTES:
        raise TooLarge(field="body", limit=TEXT_BYTES)
    owner, at = _owner(scope), clock.now()
    if version == 0:
        row = {"owner": owner, "facility_id": scope.facility_id, "key": key, "body": body, "updated_at": at}
        saved = insert_if_absent(session, Draft, id=ids.new(), version=1, **row)
    else:
        mine = update(Draft).where(Draft.owner == owner, Draft.key == key, Draft.version == version)
        saved = count_changed(session, mine.values(body=body, version=version + 1, updated_at=at)) == 1
    if not saved:
        kept = load(session, scope, key)
        raise Conflict("draft_changed", version=0 if kept is None else kept.version)
    return version + 1


def load(session: Session, scope: Scope, key: str) -> Draft | None:
    """The caller's draft under `key`, if there is one."""
    return session.scalar(
        select(Draft).where(Draft.owner == _owner(scope), Draft.key == key).execution_options(populate_existing=True)
    )


def listed(session: Session, scope: Scope, prefix: str = "") -> list[Draft]:
    """The caller's drafts whose key begins with `prefix`, last touched first."""
    statement = select(Draft).where(Draft.owner == _owner(scope), Draft.key.startswith(prefix, autoescape=True))
    return list(session.scalars(statement.order_by(Draft.updated_at.desc(), Draft.id)))


def discard(session: Session, scope: Scope, key: str) -> None:
    """Forget the draft: it was sent, or thrown away."""
    session.execute(delete(Draft).where(Draft.owner == _owner(scope), Draft.key == key))


def _owner(scope: Scope) -> str:
    owner = scope.person_id or scope.device_id
    if owner is None:
        raise NotFound("draft")
    return owner
