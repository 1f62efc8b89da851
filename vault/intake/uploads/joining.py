"""A final upload: complete partial ones become one blob by a list of all their parts, without a byte being copied."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from vault.base.database import Database
from vault.base.errors import AppError, Conflict, Malformed, NotFound, TooLarge, Unavailable
from vault.base.scope import Scope
from vault.intake.uploads import completing, service
from vault.intake.uploads.models import Purpose, Upload
from vault.intake.uploads.running import of_blobs
from vault.intake.uploads.service import Wanted
from vault.store import leftovers
from vault.store.packs import Stored
from vault.store.store import Store
from vault.tenancy import capacity


def join(
    database: Database, store: Store, scope: Scope, wanted: Wanted, partial_ids: Sequence[str], *, largest: int
) -> Upload:
    """
    Make the final upload of partial ones (in that order) and serve its purpose.

    The room promised to the partial ones becomes the whole's, unless the area holds the whole: then they need it until
    they expire, as their bytes are still there. Raises Malformed for what is no partial upload, Conflict
    for one that is not complete, and what the purpose refuses; the partial ones stay as they are then.
    """
    with database.read() as session:
        found = [_partial(session, scope, one) for one in partial_ids]
        if len({one.facility_id for one in found}) != 1:
            raise Malformed("concat_format", header="Upload-Concat")
        area = store.area(session, Scope.system(found[0].facility_id))
        parts = [part for one in found for part in service.parts_of(session, one)]
        held = completing.located(session, store, area, parts)
    size = sum(length for _, length in parts)
    if size > largest:
        raise TooLarge("file_too_large", limit=largest)
    with database.transaction() as session:
        if service.room_of(session, scope, wanted).facility_id != area.facility_id:
            raise Malformed("concat_format", header="Upload-Concat")
    digest = of_blobs(held)
    try:
        whole = completing.list_of(store, area, digest, parts)
    except OSError as problem:
        raise Unavailable("cannot_store") from problem
    try:
        with database.transaction() as session:
            upload = _joined(session, store, scope, wanted, partial_ids, whole, largest)
    except AppError:
        leftovers.discard(store, area, [whole])
        raise
    leftovers.clear(database, store, area.facility_id)
    return upload


def _joined(
    session: Session,
    store: Store,
    scope: Scope,
    wanted: Wanted,
    partial_ids: Sequence[str],
    whole: Stored,
    largest: int,
) -> Upload:
    """The final upload, its purpose served."""
    partial = [service.find(session, scope, one, lock=True) for one in dict.fromkeys(partial_ids)]
    for one in partial:
        _give_room_back(session, one)
    upload = service.announce(session, store, scope, wanted, largest=largest)
    upload.offset = upload.length = whole.size
    if service.has_own_room(upload):
        service.promise(session, upload, whole.size)
    completing.verify(session, scope, upload, whole.digest, whole.size)
    if not completing.serve(session, scope, upload, whole):
        for one in partial:
            _count_again(session, one)
    return upload


def _count_again(session: Session, partial: Upload) -> None:
    capacity.keep_counting(session, partial.facility_id, {service.subject_of(partial): partial.offset})
    partial.reserved = partial.offset


def _partial(session: Session, scope: Scope, upload_id: str) -> Upload:
    try:
        found = service.find(session, scope, upload_id)
    except NotFound as problem:
        raise Malformed("concat_unknown", header="Upload-Concat") from problem
    if found.purpose != Purpose.PARTIAL:
        raise Malformed("concat_format", header="Upload-Concat")
    if found.completed_at is None:
        raise Conflict("partial_incomplete", upload=found.id)
    return found


def _give_room_back(session: Session, partial: Upload) -> None:
    """What the whole needs is promised to it in the same transaction."""
    capacity.release(session, service.subject_of(partial))
    partial.reserved = 0
