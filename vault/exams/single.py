"""One blob on its own: room is promised, bytes are streamed outside any transaction, their purpose is recorded."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from vault.base import ids
from vault.base.database import Database
from vault.base.errors import AppError, Invalid, OverCapacity, TooLarge, Unavailable
from vault.base.scope import Scope
from vault.exams.growing import Growing
from vault.store import leftovers
from vault.store import queries as blobs
from vault.store import service as blob_rows
from vault.store.packs import Area, Interrupted, Mismatch, Source, Stored
from vault.store.store import Store
from vault.store.streams import Body, Readable
from vault.tenancy import capacity

Recorded = TypeVar("Recorded")


def take_in(
    database: Database,
    store: Store,
    scope: Scope,
    stream: Readable,
    *,
    size: int | None,
    largest: int,
    expected: int = 0,
    sha256: str | None = None,
    before: Callable[[Session], object] = lambda session: None,
    record: Callable[[Session, Stored], Recorded],
) -> Recorded:
    """
    Keep `size` bytes of `stream` (None: to its end, `expected` at a guess) in the scope's area, durably, and return
    what `record` makes of them in the same transaction as their row; `before` may refuse before anything is read.

    Raises TooLarge over `largest` bytes, OverCapacity, Invalid (`body`, `sha256`), Unavailable; nothing is kept then.
    OverCapacity is raised unread where `size` (or `expected`) tells that there is no room, but where the area holds
    something of just that size: the bytes are compared then, as what is held already costs no room.
    """
    promised, subject = expected if size is None else size, f"upload:{ids.new()}"
    if promised > largest:
        raise TooLarge("file_too_large", limit=largest)
    try:
        with database.transaction() as session:
            before(session)
            area = store.ensure_area(session, scope.area)
            capacity.reserve(session, scope.area, subject, promised)
    except OverCapacity:
        held = _held_already(database, scope, Body(stream), size or expected, sha256)
        if held is None:
            raise
        with database.transaction() as session:
            blob_rows.keep_held(session, scope.area, held.digest)
            return record(session, held)
    try:
        source = Body(stream) if size is not None else Growing(database, scope, stream, subject, promised, largest)
        try:
            stored, durable = _stored(database, store, area, source, size, sha256)
        except OverCapacity:
            stored, durable = _held_in_the_end(database, scope, source), []
        return _Kept(database, store, area, subject).record(stored, durable, record)
    except BaseException:
        with database.transaction() as session:
            capacity.release(session, subject)
        raise


@dataclass(frozen=True)
class _Kept:
    """Where the durable blob of one call goes, and under what name its room was promised."""

    database: Database
    store: Store
    area: Area
    subject: str

    def record(self, stored: Stored, durable: list[Stored], record: Callable[[Session, Stored], Recorded]) -> Recorded:
        """Register and record the blob; where that is refused, or others brought it meanwhile, its packs go again."""
        facility_id, again = self.area.facility_id, False
        try:
            with self.database.transaction() as session:
                if not durable:
                    blob_rows.keep_held(session, facility_id, stored.digest)
                elif stored.digest in blob_rows.register(session, facility_id, durable):
                    capacity.settle(session, self.subject, stored.size)
                else:
                    again = True
                capacity.release(session, self.subject)
                recorded = record(session, stored)
                if again:
                    leftovers.settle(session, facility_id, durable)
        except AppError:
            leftovers.discard(self.store, self.area, durable)
            raise
        if again:
            leftovers.clear(self.database, self.store, facility_id)
        return recorded


def _held_already(database: Database, scope: Scope, source: Source, size: int, sha256: str | None) -> Stored | None:
    """The blob that the area holds, if these are its bytes; they are read only where they may be."""
    with database.read() as session:
        if not blobs.holds_size(session, scope, size):
            return None
    digest = _digest_of(source, size)
    if source.readinto(memoryview(bytearray(1))):
        return None  # longer than was expected
    if sha256 not in (None, digest):
        raise Invalid("digest_differs", field="sha256")
    with database.read() as session:
        if not blobs.held(session, scope, [digest]):
            return None
        row = blobs.blob(session, scope, digest)
        return Stored(row.digest, row.pack, row.offset, row.length, row.size)


def _held_in_the_end(database: Database, scope: Scope, source: Source) -> Stored:
    """
    The blob that the area holds, if a stream of unknown length for which room has run out ends as one: it is read on
    while something as long is held. Else OverCapacity.
    """
    with database.read() as session:
        most, left = blobs.largest_held(session, scope), capacity.left(session, scope.area)
    try:
        digest = source.to_the_end(most) if isinstance(source, Growing) else None
    except Interrupted as problem:
        raise Invalid("upload_interrupted", field="body") from problem
    with database.read() as session:
        if digest is None or not blobs.held(session, scope, [digest]):
            raise OverCapacity("area_full", left=left)
        row = blobs.blob(session, scope, digest)
        return Stored(row.digest, row.pack, row.offset, row.length, row.size)


def _digest_of(source: Source, size: int) -> str:
    running, view, left = hashlib.sha256(), memoryview(bytearray(256 * 1024)), size
    while left:
        read = source.readinto(view[:left])
        if not read:
            raise Invalid("upload_interrupted", field="body")
        running.update(view[:read])
        left -= read
    return running.hexdigest()


def _stored(
    database: Database, store: Store, area: Area, source: Source, size: int | None, sha256: str | None
) -> tuple[Stored, list[Stored]]:
    """
    The blob, and all that is to be registered with it: its parts, where it is a large one; nothing where the area
    holds these bytes, so that what is sent again and again leaves no garbage.
    """
    try:
        with store.deposit(area) as deposit:
            stored = deposit.add(source, size=size, digest=sha256)
            with database.read() as session:
                if blobs.held(session, Scope.system(area.facility_id), [stored.digest]):
                    return stored, []
            return stored, deposit.finish()
    except Interrupted as problem:
        raise Invalid("upload_interrupted", field="body") from problem
    except Mismatch as problem:
        raise Invalid("digest_differs", field="sha256") from problem
    except OSError as problem:
        raise Unavailable("cannot_store") from problem
