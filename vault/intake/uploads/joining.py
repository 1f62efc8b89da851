"""A final upload: complete partial ones become one blob by a list of all their parts, without a byte being copied."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from vault.base.database import Database
from vault.base.errors import Conflict, Malformed, NotFound, TooLarge, Unavailable
from vault.base.scope import Scope
from vault.intake.uploads import completing, service
from vault.intake.uploads.models import Purpose, Upload
from vault.intake.uploads.running import of_blobs
from vault.intake.uploads.service import Wanted
from vault.store.store import Store
from vault.tenancy import capacity


def join(
    database: Database, store: Store, scope: Scope, wanted: Wanted, partial_ids: Sequence[str], *, largest: int
) -> Upload:
    """
    Make the final upload of partial ones (in that order) and serve its purpose.

    The room promised to the partial ones becomes the whole's. Raises Malformed for what is no partial upload, Conflict
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
    with database.transaction() as session:
        for one in dict.fromkeys(partial_ids):
            _give_room_back(session, service.find(session, scope, one, lock=True))
        upload = service.announce(session, store, scope, wanted, largest=largest)
        upload.offset = upload.length = size
        if service.has_own_room(upload):
            service.promise(session, upload, size)
        completing.verify(session, scope, upload, digest, size)
        completing.serve(session, scope, upload, whole)
        return upload


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
