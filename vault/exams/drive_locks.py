"""Write locks on files and folders of the drive, as WebDAV has them; in the database, for all processes to see."""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.errors import Conflict, NotFound, TooMany
from vault.base.scope import Scope, scoped
from vault.exams.models import DriveLock
from vault.exams.names import folded
from vault.exams.places import parent

LONGEST_SECONDS = 24 * 3600
USUAL_SECONDS = 3600
MOST_LOCKS = 1000
"""In one drive: each change looks at all of them."""
PREFIX = "opaquelocktoken:"
NONE: frozenset[str] = frozenset()

Reach = Literal["member", "self", "tree"]
"""What is to change: who lies in the folder (`member`), the thing itself, or all below it too (`tree`)."""


def live(session: Session, scope: Scope) -> Sequence[DriveLock]:
    """Every lock of the caller's area that has not run out."""
    statement = scoped(select(DriveLock), scope, DriveLock).where(DriveLock.expires_at > clock.now())
    return session.scalars(statement.order_by(DriveLock.token)).all()


def add(
    session: Session, scope: Scope, path: str, *, exclusive: bool, depth: str, owner: str, seconds: int | None
) -> DriveLock:
    """
    Lock `path` for the caller; Conflict (`locked`) where it is not free for that, in a turn of its own, and TooMany
    where the drive has 1,000 locks.
    """
    session.execute(delete(DriveLock).where(DriveLock.expires_at <= clock.now()))
    if len(live(session, scope)) >= MOST_LOCKS:
        raise TooMany("too_many_locks", seconds=USUAL_SECONDS, limit=MOST_LOCKS)
    _check_free(session, scope, path, exclusive=exclusive, depth=depth)
    agreed = _agreed(seconds)
    lock = DriveLock(
        facility_id=scope.area,
        token=PREFIX + secrets.token_hex(16),
        path=path,
        holder=scope.login,
        scope="exclusive" if exclusive else "shared",
        depth=depth,
        owner=owner,
        seconds=agreed,
        expires_at=clock.now() + timedelta(seconds=agreed),
    )
    session.add(lock)
    session.flush()
    return lock


def refresh(session: Session, scope: Scope, token: str, seconds: int | None) -> DriveLock:
    """Let the caller's lock begin again; NotFound for one that has run out, or is somebody else's."""
    mine = scoped(select(DriveLock), scope, DriveLock).where(DriveLock.holder == scope.login)
    statement = mine.where(DriveLock.token == token)
    lock = session.scalar(statement.where(DriveLock.expires_at > clock.now()).with_for_update())
    if lock is None:
        raise NotFound("lock")
    lock.seconds = _agreed(seconds)
    lock.expires_at = clock.now() + timedelta(seconds=lock.seconds)
    return lock


def release(session: Session, scope: Scope, token: str) -> None:
    """End the lock; an unknown one has nothing to end."""
    session.execute(delete(DriveLock).where(DriveLock.facility_id == scope.area, DriveLock.token == token))


def release_below(session: Session, scope: Scope, path: str) -> None:
    """End the locks on a thing that goes away, and on all below it."""
    gone = [lock.token for lock in live(session, scope) if is_within(lock.path, path)]
    mine = delete(DriveLock).where(DriveLock.facility_id == scope.area)
    session.execute(mine.where(DriveLock.token.in_(gone)))


def check(session: Session, scope: Scope, path: str, reach: Reach, tokens: Collection[str] = NONE) -> None:
    """Raise Conflict (`locked`, with its holder) where a lock forbids the change to whoever has only `tokens`."""
    for lock in live(session, scope):
        on_the_way = lock.depth == "infinity" and is_within(path, lock.path)
        inside = reach == "tree" and is_within(lock.path, path)
        concerned = on_the_way or inside or folded(lock.path) == folded(path)
        if concerned and not (lock.token in tokens and lock.holder == scope.login):
            raise Conflict("locked", holder=lock.holder)


def check_member(session: Session, scope: Scope, path: str, reach: Reach, tokens: Collection[str] = NONE) -> None:
    """As `check`, for a thing that comes or goes: the folder it lies in must be free for that too."""
    check(session, scope, path, reach, tokens)
    check(session, scope, parent(path), "member", tokens)


def is_within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it."""
    low, outer = folded(path), folded(folder)
    return not outer or low == outer or low.startswith(f"{outer}/")


def forget_old(session: Session) -> None:
    """Drop locks that have run out."""
    session.execute(delete(DriveLock).where(DriveLock.expires_at <= clock.now()))


def _check_free(session: Session, scope: Scope, path: str, *, exclusive: bool, depth: str) -> None:
    for lock in live(session, scope):
        above = lock.depth == "infinity" and is_within(path, lock.path)
        inside = depth == "infinity" and is_within(lock.path, path)
        if (above or inside or folded(lock.path) == folded(path)) and (exclusive or lock.scope == "exclusive"):
            raise Conflict("locked", holder=lock.holder)


def _agreed(seconds: int | None) -> int:
    return min(seconds or USUAL_SECONDS, LONGEST_SECONDS) if seconds is None or seconds > 0 else LONGEST_SECONDS
