"""API tokens: shown once, kept as SHA-256, refused from the moment they are revoked or their holder is disabled."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.errors import NotFound, NotSignedIn
from vault.base.scope import Role, Scope
from vault.tenancy.models import Device, Facility, Person, Token
from vault.tenancy.scopes import of_device, of_person

PREFIX = "kura_"
_NOTED_EVERY = timedelta(minutes=1)
_HOLDER = (
    select(Token, Person, Device, Facility.zone)
    .outerjoin(Person, Person.id == Token.person_id)
    .outerjoin(Device, Device.id == Token.device_id)
    .outerjoin(Facility, Facility.id == func.coalesce(Person.facility_id, Device.facility_id))
    .where(Token.digest == bindparam("of_digest"), Token.revoked_at.is_(None))
)
"""Asked at every call of the API, so that it is put together once."""


@dataclass(frozen=True)
class TokenUse:
    """Whose token it is; `note` says that its last use is older than a minute, so that `note_use` is worth a write."""

    scope: Scope
    token_id: str
    note: bool


def create(session: Session, scope: Scope, holder: Person | Device, *, label: str = "") -> str:
    """A new token of that person or device, in plain: it cannot be shown again."""
    _may_manage(scope, holder)
    plain = PREFIX + secrets.token_urlsafe(32)
    token = Token(digest=_digest(plain), label=label, created_at=clock.now())
    if isinstance(holder, Person):
        token.person_id = holder.id
    else:
        token.device_id = holder.id
    session.add(token)
    session.flush()
    audit.record(session, scope, "token.made", facility_id=holder.facility_id, items=[f"token:{token.id}"])
    return plain


def live(session: Session, holder: Person | Device) -> list[Token]:
    """The holder's tokens that are not revoked, oldest first."""
    mine = Token.person_id == holder.id if isinstance(holder, Person) else Token.device_id == holder.id
    return list(session.scalars(select(Token).where(mine, Token.revoked_at.is_(None)).order_by(Token.id)))


def revoke(session: Session, scope: Scope, holder: Person | Device) -> int:
    """Refuse every token of the holder from now on; returns how many were live."""
    _may_manage(scope, holder)
    ended = live(session, holder)
    for token in ended:
        token.revoked_at = clock.now()
        audit.record(session, scope, "token.revoked", facility_id=holder.facility_id, items=[f"token:{token.id}"])
    return len(ended)


def _may_manage(scope: Scope, holder: Person | Device) -> None:
    """One's own, or as an administrator those of one's facility; NotFound names no stranger."""
    if scope.person_id is not None and scope.person_id == holder.id:
        return
    scope.require(Role.ADMIN, Role.FACILITY_ADMIN, Role.SYSTEM)
    if scope.facility_id is not None and scope.facility_id != holder.facility_id:
        raise NotFound("person")


def identify(session: Session, token: str) -> TokenUse:
    """Whose token this is, in one query; NotSignedIn for a wrong or revoked one and for a disabled holder."""
    found = session.execute(_HOLDER, {"of_digest": _digest(token)}).one_or_none()
    if found is None:
        raise NotSignedIn("token")
    row, person, device, zone = found
    holder: Person | Device = person or device
    if holder.disabled_at is not None:
        raise NotSignedIn("token")
    scope = of_person(holder, zone) if isinstance(holder, Person) else of_device(holder, zone)
    stale = row.used_at is None or row.used_at < clock.now() - _NOTED_EVERY
    return TokenUse(scope, row.id, stale)


def scope_for_token(session: Session, token: str, *, login: str | None = None) -> Scope:
    """The holder's scope; with `login` (HTTP Basic) the token must be that login's. NotSignedIn otherwise."""
    scope = identify(session, token).scope
    if login is not None and login != scope.login:
        raise NotSignedIn("token")
    return scope


def note_use(session: Session, token_id: str) -> None:
    """Record the use, at most once a minute; a device counts as seen."""
    now = clock.now()
    old = or_(Token.used_at.is_(None), Token.used_at < now - _NOTED_EVERY)
    noted = update(Token).where(Token.id == token_id, old).values(used_at=now).returning(Token.device_id)
    device_id = session.execute(noted).scalar_one_or_none()
    if device_id is not None:
        session.execute(update(Device).where(Device.id == device_id).values(seen_at=now))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
