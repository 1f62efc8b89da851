"""Announcing an upload, looking at it, and giving it up; its room is promised when it is announced."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from vault.base import clock, ids
from vault.base.errors import Invalid, Malformed, NotFound, OverCapacity, TooLarge, TooMany
from vault.base.scope import FACILITY_ROLES, Role, Scope, scoped
from vault.intake.uploads import destinations, turns
from vault.intake.uploads.destinations import Room
from vault.intake.uploads.models import Purpose, Upload, UploadPart
from vault.store import leftovers
from vault.store import queries as blobs
from vault.store.store import Store
from vault.tenancy import capacity

KEPT = timedelta(days=7)
"""An upload that nobody goes on with for so long is given up."""
MOST_OPEN = 1000


@dataclass(frozen=True)
class Wanted:
    """An upload as it is announced; `length` in bytes, None where the client tells it later."""

    purpose: Purpose
    length: int | None
    details: Mapping[str, Any] = field(default_factory=dict)
    metadata_header: str = ""
    concat: str = ""


def announce(session: Session, store: Store, scope: Scope, wanted: Wanted, *, largest: int) -> Upload:
    """
    Make the upload's row and promise its room.

    Raises TooLarge over `largest` bytes, OverCapacity, TooMany over 1,000 under way, Busy while the same image is being
    sent by another request, and whatever its purpose would refuse; nothing is kept then.
    """
    scope.require(*FACILITY_ROLES, Role.DEPARTMENT, Role.ADMIN)
    if wanted.length is not None and wanted.length > largest:
        raise TooLarge("file_too_large", limit=largest)
    room = room_of(session, scope, wanted)
    _make_way(session, scope, room, wanted)
    store.ensure_area(session, room.facility_id)
    now = clock.now()
    upload = Upload(
        id=ids.new(),
        facility_id=room.facility_id,
        owner="" if scope.is_facility else scope.who,
        purpose=wanted.purpose.value,
        details=dict(wanted.details),
        metadata_header=wanted.metadata_header,
        concat=wanted.concat,
        length=wanted.length,
        offset=0,
        reserved=0,
        created_at=now,
        expires_at=now + KEPT,
    )
    session.add(upload)
    session.flush()
    if room.own:
        _promise_whole(session, upload)
    return upload


def _promise_whole(session: Session, upload: Upload) -> None:
    """Room for all of it, as far as its length is known; none where there is none and none is needed."""
    try:
        promise(session, upload, upload.length or 0)
    except OverCapacity:
        if not is_held(session, upload):
            raise


def is_held(session: Session, upload: Upload) -> bool:
    """Whether the area holds already what the client says it will send: the digest and the length are those."""
    digest = upload.details.get("sha256")
    if digest is None or upload.purpose == Purpose.PARTIAL:
        return False
    return blobs.held(session, Scope.system(upload.facility_id), [digest]) == {digest: upload.length}


def room_of(session: Session, scope: Scope, wanted: Wanted) -> Room:
    """In whose area the bytes go; raises what the purpose refuses. A department's partial names its assignment."""
    if wanted.purpose in (Purpose.FILE, Purpose.IMAGE) and not scope.is_facility:
        raise Invalid("purpose_not_yours", field="Upload-Metadata")
    if wanted.purpose is Purpose.ANSWER and scope.is_facility:
        raise NotFound("assignment")
    if wanted.purpose is not Purpose.PARTIAL:
        return destinations.of(wanted.purpose).check(session, scope, wanted.details, wanted.length)
    if scope.is_facility:
        return Room(scope.area)
    return destinations.of(Purpose.ANSWER).check(session, scope, {"name": "", **wanted.details}, wanted.length)


def _make_way(session: Session, scope: Scope, room: Room, wanted: Wanted) -> None:
    """
    Bound what is under way: how many uploads, and for an image one, as its room is promised once for the exam.

    An earlier upload of the same image, whose address its client has lost, is given up.
    """
    owner = "" if scope.is_facility else scope.who
    mine = select(Upload).where(Upload.facility_id == room.facility_id, Upload.owner == owner)
    under_way = session.scalars(mine.where(Upload.completed_at.is_(None)).limit(MOST_OPEN)).all()
    if len(under_way) >= MOST_OPEN:
        raise TooMany("too_many_uploads", seconds=int(KEPT.total_seconds()), limit=MOST_OPEN)
    if wanted.purpose is not Purpose.IMAGE:
        return
    leftovers.require_room(session, room.facility_id)
    for other in under_way:
        if other.purpose == Purpose.IMAGE and _same_image(other.details, wanted.details):
            turns.check_free(other)
            give_up(session, other)


def _same_image(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (one["exam"], one["name"]) == (other["exam"], other["name"])


def find(session: Session, scope: Scope, upload_id: str, *, lock: bool = False) -> Upload:
    """The caller's upload, or NotFound: a stranger's, a missing and an expired one look the same."""
    mine = select(Upload).where(Upload.id == upload_id, Upload.expires_at > clock.now())
    if scope.is_facility:
        mine = scoped(mine, scope, Upload).where(Upload.owner == "")
    else:
        mine = mine.where(Upload.owner == scope.who)
    found = session.scalar(mine.with_for_update() if lock else mine)
    if found is None:
        raise NotFound("upload")
    return found


def subject_of(upload: Upload) -> str:
    """Under what name room is promised to the upload."""
    return f"upload:{upload.id}"


def promise(session: Session, upload: Upload, upto: int) -> None:
    """Promise room for the first `upto` bytes beyond what is promised; OverCapacity."""
    if upto > upload.reserved:
        capacity.reserve(session, upload.facility_id, subject_of(upload), upto - upload.reserved)
        upload.reserved = upto


def tell_length(session: Session, upload: Upload, length: int, *, largest: int) -> None:
    """The client says how long the upload is; once said it stays (Malformed)."""
    if upload.length is not None or length < upload.offset:
        if upload.length != length:
            raise Malformed("length_changed", header="Upload-Length")
        return
    if length > largest:
        raise TooLarge("file_too_large", limit=largest)
    upload.length = length
    if has_own_room(upload):
        promise(session, upload, length)
    session.flush()


def has_own_room(upload: Upload) -> bool:
    """Whether its bytes' room is promised to the upload itself: an exam has the room of its images."""
    return upload.purpose != Purpose.IMAGE


def give_up(session: Session, upload: Upload) -> None:
    """
    Forget the upload: its room is given back, but for what nothing else names of it, which counts until it is gone.

    `leftovers.clear` has it gone once this is committed.
    """
    capacity.release(session, subject_of(upload))
    forget_parts(session, upload)
    session.delete(upload)
    session.flush()


def forget_parts(session: Session, upload: Upload) -> None:
    """The upload names its parts no more; those that nothing else names are left over."""
    parts = [part for part, _ in parts_of(session, upload)]
    if parts:
        mine = delete(UploadPart).where(UploadPart.facility_id == upload.facility_id)
        session.execute(mine.where(UploadPart.upload_id == upload.id))
        leftovers.let_go(session, upload.facility_id, parts)


def parts_of(session: Session, upload: Upload) -> list[tuple[str, int]]:
    """Digest and size of each durable part, in order."""
    mine = select(UploadPart.part, UploadPart.size).where(
        UploadPart.facility_id == upload.facility_id, UploadPart.upload_id == upload.id
    )
    return [(part, size) for part, size in session.execute(mine.order_by(UploadPart.place))]
