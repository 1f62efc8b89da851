"""Adding bytes to an upload: streamed into parts, each durable and registered before it counts in the offset."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from vault.base import ids
from vault.base.database import Database
from vault.base.errors import AppError, ChecksumDiffers, Conflict, Denied, Invalid, Malformed, TooLarge, Unavailable
from vault.base.faults import Point, point
from vault.base.scope import Scope
from vault.intake.uploads import completing, durable, service, turns
from vault.intake.uploads.models import Purpose, Upload
from vault.intake.uploads.running import running
from vault.store import leftovers, packs
from vault.store.frames import Limited, Source
from vault.store.packs import Deposit, Stored
from vault.store.store import Store

MOST_PARTS = 20_000


@dataclass(frozen=True)
class Chunk:
    """What a client wants to add: `size` bytes (None: to the end) from byte `offset` on."""

    offset: int
    source: Source
    size: int | None
    checksum: tuple[str, bytes] | None = None
    length: int | None = None
    """What the client says of the whole's length, in bytes."""


def add(database: Database, store: Store, scope: Scope, upload_id: str, chunk: Chunk, *, largest: int) -> Upload:
    """
    Take a chunk in, and serve the upload's purpose once it is whole; returns the row as it is then.

    What arrived before a connection broke is kept, unless a checksum came with it: then all of it counts or nothing.
    Raises Conflict (`wrong_offset`), Busy, Malformed, TooLarge, OverCapacity, ChecksumDiffers, Invalid
    (`upload_interrupted`; at the end whatever the purpose refuses), Denied for a final upload, and Unavailable.
    """
    holder = ids.new()
    with database.transaction() as session:
        upload = _begin(session, scope, upload_id, chunk, holder, largest)
    if upload.completed_at is not None:
        return upload
    turn = turns.Turn(database, upload_id, holder, chunk.source)
    try:
        _Work(database, store, scope, upload, holder, chunk).run(turn)
    except OSError as problem:
        raise Unavailable("cannot_store") from problem
    finally:
        turn.end()
        leftovers.clear(database, store, upload.facility_id)
    with database.read() as session:
        return service.find(session, scope, upload_id)


def _begin(session: Session, scope: Scope, upload_id: str, chunk: Chunk, holder: str, largest: int) -> Upload:
    """The upload, with this request's turn taken and room promised for the chunk."""
    upload = service.find(session, scope, upload_id, lock=True)
    if upload.concat.startswith("final"):
        raise Denied("upload_final")
    if chunk.length is not None:
        service.tell_length(session, upload, chunk.length, largest=largest)
    if chunk.size is None and upload.length is None:
        raise Malformed("length_required", header="Content-Length")
    if upload.offset != chunk.offset:
        raise Conflict("wrong_offset", offset=upload.offset)
    end = upload.offset + (chunk.size or 0)
    if end > (largest if upload.length is None else upload.length):
        raise TooLarge("upload_too_long", limit=upload.length or largest)
    if upload.completed_at is not None:
        return upload
    turns.take(upload, holder)
    if service.has_own_room(upload):
        service.promise(session, upload, end)
    if durable.count(session, upload) >= MOST_PARTS:
        raise TooLarge("upload_pieces", limit=MOST_PARTS)
    session.flush()
    return upload


class _Work:
    """One request's turn: parts are registered as they become durable, or all at the end where a checksum decides."""

    def __init__(
        self, database: Database, store: Store, scope: Scope, upload: Upload, holder: str, chunk: Chunk
    ) -> None:
        self._database, self._store, self._scope = database, store, scope
        self._upload, self._holder, self._chunk = upload, holder, chunk
        self._offset = upload.offset
        self._whole = running.at(upload.id, upload.offset)
        with database.read() as session:
            self._area = store.area(session, Scope.system(upload.facility_id))
        self._check = None if chunk.checksum is None else hashlib.new(chunk.checksum[0], usedforsecurity=False)

    def run(self, source: Source) -> None:
        """Stream the chunk in, part after part."""
        hashed = _Hashed(source, [one for one in (self._whole, self._check) if one is not None])
        with self._store.deposit(self._area) as deposit:
            taken = self._whole_of(deposit, hashed) if self._check else self._piecewise(deposit, hashed)
        if self._offset == self._end and not taken:
            self._record([])  # an upload that was empty, or whole already but for its last step

    @property
    def _end(self) -> int | None:
        return self._upload.length

    def _left(self, taken: int) -> int:
        """Bytes that may still come of this chunk."""
        wanted = packs.PART_BYTES if self._chunk.size is None else self._chunk.size - taken
        return wanted if self._end is None else min(wanted, self._end - self._upload.offset - taken)

    def _piecewise(self, deposit: Deposit, source: Source) -> int:
        taken = 0
        while left := self._left(taken):
            most = min(left, packs.PART_BYTES)
            stored = deposit.add_part(Limited(source, most))
            if not stored.size:
                deposit.discard()
                break
            taken += stored.size
            self._record(deposit.finish())
            if stored.size < most:
                break
        return taken

    def _whole_of(self, deposit: Deposit, source: Source) -> int:
        """All of the chunk or nothing of it."""
        taken, size = 0, self._chunk.size
        while left := self._left(taken):
            most = min(left, packs.PART_BYTES)
            stored = deposit.add_part(Limited(source, most))
            taken += stored.size
            if stored.size < most:
                break
        if size is not None and taken != size:
            raise Invalid("upload_interrupted", field="body")
        if self._check is not None and self._chunk.checksum and self._check.digest() != self._chunk.checksum[1]:
            raise ChecksumDiffers
        if taken:
            self._record(deposit.finish())
        return taken

    def _record(self, stored: list[Stored]) -> None:
        """Let durable parts count: with them the upload may be whole, and then its purpose is served first."""
        point(Point.UPLOAD_PART_DURABLE)
        try:
            self._register(stored)
        except AppError:
            leftovers.discard(self._store, self._area, stored)
            raise
        point(Point.UPLOAD_PART_REGISTERED)
        self._offset += sum(one.size for one in stored)

    def _register(self, stored: list[Stored]) -> None:
        offset = self._offset + sum(one.size for one in stored)
        if offset == self._end and self._upload.purpose != Purpose.PARTIAL:
            ending = completing.Ending(self._database, self._store, self._scope, self._upload.id, self._turn)
            ending.complete(stored, self._digest)
            running.forget(self._upload.id)
        else:
            with self._database.transaction() as session:
                durable.register(session, self._turn(session), stored)
            if self._whole is not None:
                running.keep(self._upload.id, offset, self._whole)

    @property
    def _digest(self) -> str | None:
        return None if self._whole is None else self._whole.hexdigest()

    def _turn(self, session: Session) -> Upload:
        """The row, locked, while it is still this request's turn."""
        upload = service.find(session, self._scope, self._upload.id, lock=True)
        turns.check(upload, self._holder, self._offset)
        return upload


class _Hashed:
    """A source whose bytes are taken by running digests as well."""

    def __init__(self, source: Source, digests: list[Any]) -> None:
        self._source, self._digests = source, digests

    def readinto(self, view: memoryview, /) -> int:
        """Read from the source."""
        read = self._source.readinto(view)
        for digest in self._digests:
            digest.update(view[:read])
        return read
