"""The end of an upload: its parts become one blob by a list that names them, and its purpose is served."""

import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.database import Database
from vault.base.errors import AppError, Invalid, NotFound, PreconditionFailed
from vault.base.faults import Point, point
from vault.base.scope import Scope
from vault.intake.uploads import destinations, durable, service
from vault.intake.uploads.models import Upload
from vault.intake.uploads.running import of_blobs
from vault.intake.uploads.service import Wanted
from vault.store import leftovers
from vault.store import queries as blobs
from vault.store import service as blob_rows
from vault.store.packs import Area, Stored
from vault.store.records import Blob
from vault.store.store import Store
from vault.tenancy import capacity

Parts = Sequence[tuple[str, int]]


class Ending:
    """One upload that is whole with the parts that are durable now."""

    def __init__(
        self, database: Database, store: Store, scope: Scope, upload_id: str, turn: Callable[[Session], Upload]
    ) -> None:
        """`turn` gives the upload's row, locked, while this request may still change it."""
        self._database, self._store, self._scope = database, store, scope
        self._upload_id, self._turn = upload_id, turn

    def complete(self, last: list[Stored], digest: str | None) -> None:
        """
        Count the `last` parts and serve the purpose, all in one transaction; `digest` is the whole's SHA-256 if known.

        The bytes are not copied. What the purpose refuses for good (Invalid, PreconditionFailed, NotFound) is raised,
        and nothing of the upload is kept then.
        """
        try:
            self._complete(last, digest)
        except (Invalid, PreconditionFailed, NotFound):
            with suppress(NotFound), self._database.transaction() as session:
                service.give_up(session, self._turn(session))
            raise

    def _complete(self, last: list[Stored], digest: str | None) -> None:
        with self._database.read() as session:
            upload = service.find(session, self._scope, self._upload_id)
            area_scope = Scope.system(upload.facility_id)
            area = self._store.area(session, area_scope)
            before = service.parts_of(session, upload)
            held = located(session, self._store, area, before) if digest is None else []
            single = _only(session, area_scope, before, last)
        if digest is None:
            held += [self._store.stored_blob(area, one) for one in last]
            digest = of_blobs(held)
        parts = [*before, *((one.digest, one.size) for one in last)]
        with self._database.transaction() as session:
            verify(session, self._scope, self._turn(session), digest, sum(size for _, size in parts))
        whole = single or list_of(self._store, area, digest, parts)
        point(Point.UPLOAD_LISTED)
        try:
            with self._database.transaction() as session:
                upload = self._turn(session)
                durable.register(session, upload, last)
                serve(session, self._scope, upload, whole)
        except AppError:
            leftovers.discard(self._store, area, [] if single else [whole])
            raise


def announce(session: Session, store: Store, scope: Scope, wanted: Wanted, *, largest: int) -> Upload:
    """
    As `service.announce`; in an area without room for it, what is held already by its digest is whole at once, and no
    byte of it is asked for.
    """
    upload = service.announce(session, store, scope, wanted, largest=largest)
    if upload.length and not upload.reserved and service.has_own_room(upload):
        blob_rows.keep_held(session, upload.facility_id, upload.details["sha256"])
        row = blobs.blob(session, Scope.system(upload.facility_id), upload.details["sha256"])
        whole = Stored(row.digest, row.pack, row.offset, row.length, row.size)
        destinations.of(upload.purpose).keep(session, scope, upload, whole)
        upload.offset, upload.digest, upload.completed_at = row.size, row.digest, clock.now()
        session.flush()
    return upload


def located(session: Session, store: Store, area: Area, parts: Parts) -> list[Blob]:
    """The bytes of registered parts, in order."""
    rows = blobs.blobs(session, Scope.system(area.facility_id), [digest for digest, _ in parts])
    return [store.blob(area, rows[digest]) for digest, _ in parts]


def verify(session: Session, scope: Scope, upload: Upload, digest: str, size: int) -> None:
    """Invalid where these are not the bytes that were announced."""
    if upload.details.get("sha256") not in (None, digest):
        raise Invalid("digest_differs", field="sha256")
    destinations.of(upload.purpose).verify(session, scope, upload.details, digest, size)


def list_of(store: Store, area: Area, digest: str, parts: Parts) -> Stored:
    """A durable blob that consists of the parts; one without any is empty."""
    with store.deposit(area) as deposit:
        whole = deposit.add_list(digest, parts) if parts else deposit.add(io.BytesIO(), size=0)
        deposit.finish()
    return whole


def serve(session: Session, scope: Scope, upload: Upload, whole: Stored) -> bool:
    """
    The area holds the whole from now on, its room counts as used, and its purpose is served.

    Returns whether it did not hold it before; else the upload's own bytes are left over.
    """
    destination = destinations.of(upload.purpose)
    target_id = destination.target(session, scope, upload.details)
    made = blob_rows.register(session, upload.facility_id, [whole], target_id=target_id)
    if made and whole.size and service.has_own_room(upload):
        capacity.settle(session, service.subject_of(upload), whole.size)
    elif made and whole.size:
        destination.count(session, scope, upload, whole.size)
    destination.keep(session, scope, upload, whole)
    capacity.release(session, service.subject_of(upload))
    upload.reserved, upload.digest, upload.completed_at = 0, whole.digest, clock.now()
    session.flush()
    service.forget_parts(session, upload)
    leftovers.settle(session, upload.facility_id, [whole] if whole.parts else [])
    return bool(made)


def _only(session: Session, scope: Scope, before: Parts, last: Sequence[Stored]) -> Stored | None:
    """The one part that is the whole already, if it is only one."""
    if len(before) + len(last) != 1:
        return None
    if last:
        return replace(last[0], is_part=False)
    row = blobs.blob(session, scope, before[0][0])
    return Stored(row.digest, row.pack, row.offset, row.length, row.size)
