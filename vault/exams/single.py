"""One blob on its own: room is promised, bytes are streamed outside any transaction, their purpose is recorded."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from vault.base import ids
from vault.base.database import Database
from vault.base.errors import Invalid, TooLarge, Unavailable
from vault.base.scope import Scope
from vault.exams.growing import Growing
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
    """
    promised, subject = expected if size is None else size, f"upload:{ids.new()}"
    if promised > largest:
        raise TooLarge("file_too_large", limit=largest)
    with database.transaction() as session:
        before(session)
        area = store.ensure_area(session, scope.area)
        capacity.reserve(session, scope.area, subject, promised)
    try:
        source = Body(stream) if size is not None else Growing(database, scope, stream, subject, promised, largest)
        stored, durable = _stored(database, store, area, source, size, sha256)
        with database.transaction() as session:
            if not durable:
                blob_rows.keep_held(session, scope.area, stored.digest)
            elif stored.digest in blob_rows.register(session, scope.area, durable):
                capacity.settle(session, subject, stored.size)
            capacity.release(session, subject)
            return record(session, stored)
    except BaseException:
        with database.transaction() as session:
            capacity.release(session, subject)
        raise


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
