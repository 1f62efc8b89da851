"""A stream that does not say how long it is: room is promised step by step, before the bytes are taken."""

import hashlib

from vault.base.database import Database
from vault.base.errors import OverCapacity, TooLarge
from vault.base.scope import Scope
from vault.store.packs import Interrupted
from vault.store.streams import Readable
from vault.tenancy import capacity

STEP_BYTES = 32 * 2**20


class Growing:
    """
    The stream as a source of blobs. `promised` bytes are reserved for `subject` already; what is asked for beyond is
    reserved in short transactions. A connection that breaks is no end here, as the end is all there is to go by.
    """

    def __init__(
        self, database: Database, scope: Scope, stream: Readable, subject: str, promised: int, largest: int
    ) -> None:
        self._database, self._scope, self._stream = database, scope, stream
        self._subject, self._promised, self._largest = subject, promised, largest
        self._taken, self._running = 0, hashlib.sha256()
        self._ahead = b""

    def readinto(self, view: memoryview, /) -> int:
        """Read once, up to the length of `view`; raises Interrupted, TooLarge and OverCapacity."""
        if self._taken == self._promised:
            self._ahead = self._read(1)
            if not self._ahead:
                return 0
            self._promise_more()
        wanted = min(len(view), self._promised - self._taken)
        part = self._ahead or self._read(wanted)
        self._ahead = b""
        view[: len(part)] = part
        self._taken += len(part)
        self._running.update(part)
        return len(part)

    def to_the_end(self, most: int) -> str | None:
        """SHA-256 (hex) of the whole stream, read on without being kept; None where it is longer than `most` bytes."""
        while part := self._ahead or self._read(256 * 1024):
            self._ahead = b""
            self._taken += len(part)
            if self._taken > most:
                return None
            self._running.update(part)
        return self._running.hexdigest()

    def _promise_more(self) -> None:
        if self._taken >= self._largest:
            raise TooLarge("file_too_large", limit=self._largest)
        with self._database.transaction() as session:
            left = capacity.left(session, self._scope.area)
            if not left:
                raise OverCapacity("area_full", left=0)
            step = min(STEP_BYTES, left, self._largest - self._taken)
            capacity.reserve(session, self._scope.area, self._subject, step)
        self._promised += step

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except Exception as problem:  # each server names a broken connection in its own way
            raise Interrupted("the connection broke") from problem
