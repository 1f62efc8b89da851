"""wsgidav's lock manager over the locks of the drive: kept in the database, so that they hold over processes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from wsgidav.dav_error import HTTP_LOCKED, HTTP_PRECONDITION_FAILED, DAVError, PRECONDITION_CODE_LockConflict

from vault.base.database import Database
from vault.base.errors import Conflict, NotFound
from vault.base.scope import Scope
from vault.exams import drive_locks
from vault.exams.drive_locks import Reach
from vault.exams.models import DriveLock

Described = dict[str, Any]


class DriveLocks:
    """The locks of one caller's area, as wsgidav asks for them; its addresses are quoted paths that begin with `/`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database, self._scope = database, scope
        self._seen: Sequence[DriveLock] | None = None

    def acquire(
        self,
        *,
        url: str,
        lock_type: str,
        lock_scope: str,
        lock_depth: str,
        lock_owner: bytes,
        timeout: int | None,
        principal: str,
        token_list: Sequence[str],
    ) -> Described:
        """A new lock; 423 where the place is not free for it."""
        self._seen = None
        with locked_is_423(), self._database.transaction() as session:
            made = drive_locks.add(
                session,
                self._scope,
                path_of(url),
                exclusive=lock_scope == "exclusive",
                depth=lock_depth,
                owner=lock_owner.decode(),
                seconds=timeout,
            )
            return _described(made)

    def refresh(self, token: str, *, timeout: int | None = None) -> Described:
        """The lock, begun again; 412 for one that is no more."""
        self._seen = None
        try:
            with self._database.transaction() as session:
                return _described(drive_locks.refresh(session, self._scope, token, timeout))
        except NotFound as problem:
            raise DAVError(HTTP_PRECONDITION_FAILED) from problem

    def release(self, token: str) -> None:
        """End the lock."""
        self._seen = None
        with self._database.transaction() as session:
            drive_locks.release(session, self._scope, token)

    def check_write_permission(self, *, url: str, depth: str, token_list: Sequence[str], principal: str) -> None:
        """423 where a lock forbids the change to whoever has only these tokens."""
        reach: Reach = "tree" if depth == "infinity" else "self"
        with locked_is_423(), self._database.read() as session:
            drive_locks.check(session, self._scope, path_of(url), reach, token_list)

    @contextmanager
    def write_transaction(
        self, *, url: str, token_list: Sequence[str], principal: str, depth: str = "0"
    ) -> Iterator[None]:
        """The change inside the block is allowed as it begins; whoever records it looks again."""
        self.check_write_permission(url=url, depth=depth, token_list=token_list, principal=principal)
        yield

    def get_url_lock_list(self, url: str, *, recursive: bool = False) -> list[Described]:
        """The locks that the thing at `url` is under, its own and those of folders above."""
        path = path_of(url)
        return [_described(lock) for lock in self._live() if _covers(lock, path)]

    def get_indirect_url_lock_list(self, url: str, *, principal: str | None = None) -> list[Described]:
        """The same, of one holder."""
        return [lock for lock in self.get_url_lock_list(url) if principal in (None, lock["principal"])]

    def is_url_locked_by_token(self, url: str, lock_token: str) -> bool:
        """Whether that lock is one the thing at `url` is under."""
        return any(lock["token"] == lock_token for lock in self.get_url_lock_list(url))

    def is_token_locked_by_user(self, token: str, principal: str) -> bool:
        """Whether the lock is this holder's."""
        return any(lock.token == token and lock.holder == principal for lock in self._live())

    def _live(self) -> Sequence[DriveLock]:
        """Looked up once a request, however many files it lists."""
        if self._seen is None:
            with self._database.read() as session:
                self._seen = drive_locks.live(session, self._scope)
        return self._seen


@contextmanager
def locked_is_423() -> Iterator[None]:
    """A lock in the way is what WebDAV calls Locked."""
    try:
        yield
    except Conflict as problem:
        if problem.reason != "locked":
            raise
        raise DAVError(HTTP_LOCKED, err_condition=PRECONDITION_CODE_LockConflict) from problem


def path_of(url: str) -> str:
    """The drive's path of a quoted address within it."""
    return unquote(url).strip("/")


def _covers(lock: DriveLock, path: str) -> bool:
    if lock.depth == "infinity":
        return drive_locks.is_within(path, lock.path)
    return drive_locks.is_within(path, lock.path) and drive_locks.is_within(lock.path, path)


def _described(lock: DriveLock) -> Described:
    return {
        "root": f"/{lock.path}",
        "type": "write",
        "scope": lock.scope,
        "depth": lock.depth,
        "owner": lock.owner.encode(),
        "timeout": lock.seconds,
        "expire": lock.expires_at.timestamp(),
        "principal": lock.holder,
        "token": lock.token,
    }
